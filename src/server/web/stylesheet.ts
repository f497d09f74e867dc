/** Of all pages. Colours have a contrast of at least 4.5 : 1 in both schemes (WCAG 2.2, 1.4.3). */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --back: #ffffff;
  --panel: #f4f6f8;
  --text: #1b2129;
  --soft: #55606e;
  --line: #d5dbe2;
  --link: #1f5aa8;
  --good: #1a6b3a;
  --warn: #8a5200;
  --bad: #a8261d;
  --edge: #7a8694;
  --mark: #3b6fb6;
  --good-back: #e2f3e8;
  --warn-back: #fcefd9;
  --bad-back: #fce6e4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #12161c;
    --panel: #1b222b;
    --text: #e4e9ef;
    --soft: #a3afbd;
    --line: #333e4b;
    --link: #86b7f5;
    --good: #6fcf97;
    --warn: #f0b45b;
    --bad: #ff8f85;
    --edge: #6d7a8a;
    --mark: #86b7f5;
    --good-back: #17301f;
    --warn-back: #352711;
    --bad-back: #3a1b19;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto;
  max-width: 64rem;
  padding: 0 1.25rem 2rem;
  background: var(--back);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.6rem 1.25rem;
  min-height: 3.5rem;
  padding: 0.6rem 0;
  border-bottom: 1px solid var(--line);
}
.home { display: flex; align-items: center; gap: 0.55rem; margin-right: auto; min-width: 0; overflow-wrap: anywhere; font-weight: 600; color: var(--text); text-decoration: none; }
.home:hover { text-decoration: underline; }
.home::before { content: "" / ""; flex: none; width: 1.1rem; height: 1.25rem; background: var(--mark); clip-path: polygon(50% 0, 100% 25%, 100% 75%, 50% 100%, 0 75%, 0 25%, 50% 0, 50% 25%, 25% 37.5%, 25% 62.5%, 50% 75%, 75% 62.5%, 75% 37.5%, 50% 25%); }
footer { margin-top: 3.5rem; padding-top: 0.9rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
a:hover { text-decoration-thickness: 2px; }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--link);
  outline-offset: 2px;
  border-radius: 0.2rem;
}
main:focus, main:focus-visible { outline: none; }
.skip { position: absolute; left: -100vw; top: 0; padding: 0.5rem 1rem; background: var(--back); }
.skip:focus { left: 0; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h1 { margin: 1.25rem 0 0.25rem; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 0.6rem; font-size: 1.2rem; line-height: 1.3; overflow-wrap: anywhere; }
h3 { margin: 1.5rem 0 0.25rem; font-size: 1rem; }
p { margin: 0.5rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.heading { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; margin: 2.25rem 0 0.35rem; }
.heading h2 { margin: 0; }
.soft { color: var(--soft); font-size: 0.875rem; }
.soft b { font-weight: 500; color: var(--text); }
.namespace { color: var(--soft); font-weight: 400; }
.version { white-space: nowrap; }
.address { margin: 0; color: var(--soft); }
code { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.trail { display: flex; flex-wrap: wrap; margin: 1rem 0 -0.5rem; padding: 0; list-style: none; font-size: 0.875rem; }
.trail li { overflow-wrap: anywhere; }
.trail li + li::before { content: "/" / ""; margin: 0 0.5rem; color: var(--soft); }
form { margin: 1rem 0; }
label { display: block; margin-bottom: 0.3rem; font-size: 0.875rem; color: var(--soft); }
.field { display: flex; gap: 0.5rem; max-width: 36rem; }
input, button {
  font: inherit;
  color: var(--text);
  background: var(--back);
  border: 1px solid var(--edge);
  border-radius: 0.35rem;
  padding: 0.4rem 0.7rem;
}
input { flex: 1; min-width: 0; width: 100%; }
input::placeholder { color: var(--soft); opacity: 1; }
button { background: var(--panel); cursor: pointer; }
button:hover { border-color: var(--text); }
.small { flex: 0 1 16rem; margin: 0; font-size: 0.9rem; }
.small input { padding: 0.25rem 0.6rem; }
.providers { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(25rem, 100%), 1fr)); gap: 0 2.5rem; margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.providers li { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
.providers a { overflow-wrap: anywhere; min-width: 0; font-weight: 500; text-decoration: none; }
.providers a:hover { text-decoration: underline; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; padding: 0 0 0.35rem; color: var(--soft); font-size: 0.875rem; }
th, td { padding: 0.4rem 1.5rem 0.4rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
thead th { padding-top: 0.3rem; padding-bottom: 0.3rem; font-size: 0.8rem; font-weight: 600; color: var(--soft); border-top: 1px solid var(--line); }
tbody tr:hover { background: var(--panel); }
th:last-child, td:last-child { padding-right: 0.25rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.tone { display: inline-block; padding: 0 0.5rem; border-radius: 1rem; font-size: 0.85rem; line-height: 1.5rem; font-weight: 500; white-space: nowrap; color: var(--soft); background: var(--panel); }
.tone.good { color: var(--good); background: var(--good-back); }
.tone.warn { color: var(--warn); background: var(--warn-back); }
.tone.bad { color: var(--bad); background: var(--bad-back); }
.tone.good::before { content: "✓ " / ""; }
.tone.warn::before { content: "! " / ""; }
.tone.bad::before { content: "✕ " / ""; }
dl { margin: 1.25rem 0 0; }
dl div { display: grid; grid-template-columns: 10rem 1fr; gap: 0 1rem; padding: 0.25rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.75rem; }
.facts div { display: block; padding: 0; }
.facts dt { font-size: 0.8rem; }
.withheld { margin: 0; border-top: 1px solid var(--line); }
.withheld div { padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
details { margin-top: 0.75rem; }
summary { padding: 0.35rem 0; color: var(--link); cursor: pointer; }
pre { margin: 0.5rem 0; padding: 0.75rem 1rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 0.4rem; }
.pager { display: flex; gap: 1.25rem; margin: 1.5rem 0; }
@media (max-width: 36rem) {
  body { padding: 0 1rem 1.5rem; }
  dl div { grid-template-columns: 1fr; }
  .withheld div { grid-template-columns: 1fr; }
  .small { order: 1; flex: 1 0 100%; }
  h1 { font-size: 1.45rem; }
  th, td { padding-right: 1.1rem; }
  footer { margin-top: 2.5rem; }
}
@media (forced-colors: active) {
  .tone { border: 1px solid; }
  .home::before { forced-color-adjust: none; }
}
@media print {
  .skip, form, header > a:last-child:not(.home) { display: none; }
}
`;
