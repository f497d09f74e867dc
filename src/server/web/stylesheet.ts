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
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto;
  max-width: 62rem;
  padding: 0 1rem 2rem;
  background: var(--back);
  color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif;
}
header {
  display: flex;
  justify-content: space-between;
  align-items: baseline;
  gap: 1rem;
  padding: 0.9rem 0;
  border-bottom: 1px solid var(--line);
}
.home { font-weight: 600; color: var(--text); text-decoration: none; }
footer { margin-top: 3rem; padding-top: 0.9rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
main:focus { outline: none; }
a { color: var(--link); text-underline-offset: 0.15em; }
a:focus-visible, button:focus-visible, input:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--link);
  outline-offset: 2px;
}
main:focus-visible { outline: none; }
.skip { position: absolute; left: -100vw; top: 0; padding: 0.5rem 1rem; background: var(--back); }
.skip:focus { left: 0; z-index: 1; }
h1 { margin: 1.5rem 0 0.5rem; font-size: 1.75rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.2rem; overflow-wrap: anywhere; }
h3 { margin: 1.5rem 0 0.25rem; font-size: 1rem; }
p { margin: 0.5rem 0; overflow-wrap: anywhere; }
.namespace { color: var(--soft); font-weight: 400; }
.version { white-space: nowrap; }
.address { color: var(--soft); }
code { font: 0.9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.trail { display: flex; flex-wrap: wrap; margin: 0.75rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }
.trail li { overflow-wrap: anywhere; }
.trail li + li::before { content: "/"; margin: 0 0.5rem; color: var(--soft); }
form { margin: 1rem 0; }
label { display: block; margin-bottom: 0.25rem; font-size: 0.9rem; color: var(--soft); }
.field { display: flex; gap: 0.5rem; max-width: 36rem; }
input, button {
  font: inherit;
  color: var(--text);
  background: var(--back);
  border: 1px solid var(--soft);
  border-radius: 0.35rem;
  padding: 0.45rem 0.7rem;
}
input { flex: 1; min-width: 0; }
input::placeholder { color: var(--soft); opacity: 1; }
button { background: var(--panel); cursor: pointer; }
.providers { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 0 1.5rem; margin: 0; padding: 0; list-style: none; }
.providers li { border-bottom: 1px solid var(--line); }
.providers a { display: block; padding: 0.45rem 0; overflow-wrap: anywhere; text-decoration: none; }
.providers a:hover { text-decoration: underline; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; font-weight: 600; padding: 0.4rem 0; }
th, td { padding: 0.45rem 1.25rem 0.45rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
thead th { font-size: 0.85rem; color: var(--soft); }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.tone { font-weight: 600; }
.tone.good { color: var(--good); }
.tone.plain { color: var(--soft); }
.tone.warn { color: var(--warn); }
.tone.bad { color: var(--bad); }
.tone.good::before { content: "✓ " / ""; }
.tone.warn::before { content: "! " / ""; }
.tone.bad::before { content: "✕ " / ""; }
dl { margin: 1rem 0; }
dl div { display: grid; grid-template-columns: minmax(8rem, 11rem) 1fr; gap: 0 1rem; padding: 0.3rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0.5rem 0; padding: 0.8rem 1rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 0.35rem; }
.pager { display: flex; gap: 1.25rem; margin: 1.5rem 0; }
@media (max-width: 34rem) {
  dl div { grid-template-columns: 1fr; }
  h1 { font-size: 1.4rem; }
}
`;
