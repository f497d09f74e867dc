import { html } from 'hono/html';
import { displayHost, formatProviderAddress, type ProviderAddress } from '../../domain/index.ts';
import { layout, type Markup } from './layout.ts';
import type { Place } from './place.ts';
import { counted } from './words.ts';

const pageSize = 100;
/** No address is longer. */
const maxQueryLength = 500;

/** @param all undefined where the registry tells nobody what it has */
export function providersPage(
  place: Place,
  all: readonly ProviderAddress[] | undefined,
  query: URLSearchParams,
): Markup {
  if (all === undefined) return unlistedPage(place);
  const wanted = (query.get('q') ?? '').slice(0, maxQueryLength).trim();
  const found = all.filter((provider) => matches(provider, wanted));
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(query.get('page') ?? 1)) || 1));
  const shown = found.slice((page - 1) * pageSize, page * pageSize);
  const result =
    wanted === ''
      ? counted(all.length, 'provider')
      : `${counted(found.length, 'provider')} of ${String(all.length)} for “${wanted}”`;
  const content = html`<h1>Providers</h1>
    <form action="/" method="get" role="search">
      <label for="q">Search by host, namespace or type</label>
      <div class="field">
        <input id="q" name="q" type="search" value="${wanted}" maxlength="${maxQueryLength}" />
        <button type="submit">Search</button>
      </div>
    </form>
    <p role="status">${result}</p>
    ${found.length === 0 ? nothing(all.length) : groups(shown)}
    ${pages > 1 ? pager({ page, pages, wanted }) : ''}`;
  return layout(place, { title: wanted === '' ? 'Providers' : `Search: ${wanted}`, content });
}

/** All words have to be in the address. */
function matches(provider: ProviderAddress, wanted: string): boolean {
  const address = formatProviderAddress(provider).toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => address.includes(word));
}

function groups(providers: readonly ProviderAddress[]): Markup {
  const hosts = [...new Set(providers.map(({ hostname }) => hostname))];
  return html`${hosts.map((host, index) => {
    const id = `host-${String(index)}`;
    const ofHost = providers.filter(({ hostname }) => hostname === host);
    return html`<section aria-labelledby="${id}">
      <h2 id="${id}">${displayHost(host)}</h2>
      <ul class="providers">
        ${ofHost.map(
          ({ hostname, namespace, type }) =>
            html`<li>
              <a href="/providers/${hostname}/${namespace}/${type}"
                ><span class="namespace">${namespace}/</span>${type}</a
              >
            </li>`,
        )}
      </ul>
    </section>`;
  })}`;
}

function nothing(all: number): Markup {
  return all > 0
    ? html`<p>Nothing matches. <a href="/">Show all providers</a></p>`
    : html`<p>
        Nothing is here yet. Mirror providers with <code>tofu-oci mirror</code>, or publish your own
        with <code>tofu-oci push</code>.
      </p>`;
}

function pager({
  page,
  pages,
  wanted,
}: {
  readonly page: number;
  readonly pages: number;
  readonly wanted: string;
}): Markup {
  const link = (to: number): string => {
    const query = new URLSearchParams({
      ...(wanted === '' ? {} : { q: wanted }),
      page: String(to),
    });
    return `/?${query.toString()}`;
  };
  return html`<nav class="pager" aria-label="Pages">
    ${page > 1 ? html`<a rel="prev" href="${link(page - 1)}">Previous</a>` : ''}
    <span>Page ${page} of ${pages}</span>
    ${page < pages ? html`<a rel="next" href="${link(page + 1)}">Next</a>` : ''}
  </nav>`;
}

function unlistedPage(place: Place): Markup {
  const content = html`<h1>Providers</h1>
    <p>The registry behind this server tells nobody which repositories it has.</p>
    <form action="/providers" method="get">
      <label for="address">Address of a provider</label>
      <div class="field">
        <input
          id="address"
          name="address"
          required
          placeholder="registry.opentofu.org/hashicorp/null"
          maxlength="${maxQueryLength}"
        />
        <button type="submit">Show</button>
      </div>
    </form>`;
  return layout(place, { title: 'Providers', content });
}
