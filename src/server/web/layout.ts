import { html, raw } from 'hono/html';
import { assets } from './assets.ts';
import type { Place } from './place.ts';
import type { Verdict } from './words.ts';

/** Text that is safe in a page: `html` escapes what is put into it. */
export type Markup = ReturnType<typeof html>;

export interface Crumb {
  readonly text: string;
  readonly href?: string;
}

/** The frame of each page. */
export function layout(
  { host, login }: Place,
  page: {
    readonly title: string;
    readonly crumbs?: readonly Crumb[];
    /** Whether the page has a search field of its own. */
    readonly hasSearch?: boolean;
    readonly content: Markup;
  },
): Markup {
  const { content, crumbs = [], hasSearch = false, title } = page;
  return html`${raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${host}</title>
        <link rel="stylesheet" href="${assets.style.path}" />
        <link rel="icon" href="${assets.icon.path}" type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a class="home" href="/">${host}</a>
          ${hasSearch ? '' : search} ${login === 'offered' ? html`<a href="/login">Log in</a>` : ''}
        </header>
        ${crumbs.length === 0 ? '' : trail(crumbs)}
        <main id="main" tabindex="-1">${content}</main>
        <footer>Providers for OpenTofu and Terraform, from OCI repositories, by tofu-oci.</footer>
      </body>
    </html>`;
}

const search = html`<form class="small" action="/" method="get" role="search">
  <label class="hidden" for="search">Search providers</label>
  <input id="search" name="q" type="search" placeholder="Search providers" maxlength="500" />
</form>`;

function trail(crumbs: readonly Crumb[]): Markup {
  return html`<nav aria-label="Where you are">
    <ol class="trail">
      ${crumbs.map(({ href, text }) =>
        href === undefined
          ? html`<li><span aria-current="page">${text}</span></li>`
          : html`<li><a href="${href}">${text}</a></li>`,
      )}
    </ol>
  </nav>`;
}

/** Something to copy, which can be scrolled with the keyboard where it is wider than the page. */
export function codeBlock(label: string, text: string): Markup {
  return html`<pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre>`;
}

/** How good a signature is: its colour and its sign say no more than its words. */
export function badge({ short, tone }: Pick<Verdict, 'short' | 'tone'>): Markup {
  return html`<span class="tone ${tone}">${short}</span>`;
}
