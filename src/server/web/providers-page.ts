import { html } from 'hono/html';
import { printable } from '../../base/index.ts';
import {
  displayHost,
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  providerKey,
} from '../../domain/index.ts';
import { layout, type Markup } from './layout.ts';
import type { Place } from './place.ts';
import type { VersionSummaries } from './version-summaries.ts';
import { counted } from './words.ts';

const pageSize = 100;
/** No address is longer. */
const maxQueryLength = 500;

/** A page of what was found. */
interface Found {
  readonly wanted: string;
  /** Of all pages. */
  readonly matching: readonly ProviderAddress[];
  readonly shown: readonly ProviderAddress[];
  readonly page: number;
  readonly pages: number;
}

export interface ProvidersPageParts {
  /** What the caller may read, sorted; undefined where the registry tells nobody what it has. */
  readonly all: readonly ProviderAddress[] | undefined;
  readonly query: URLSearchParams;
  readonly summarize: (providers: readonly ProviderAddress[]) => Promise<VersionSummaries>;
}

export async function providersPage(
  place: Place,
  { all, query, summarize }: ProvidersPageParts,
): Promise<Markup> {
  if (all === undefined) return unlistedPage(place);
  const found = search(all, query);
  const { matching, page, pages, shown, wanted } = found;
  const result =
    wanted === ''
      ? counted(all.length, 'provider')
      : `${counted(matching.length, 'provider')} of ${String(all.length)} for “${wanted}”`;
  const content = html`<h1>Providers</h1>
    <form action="/" method="get" role="search">
      <label for="q">Search by host, namespace or type</label>
      <div class="field">
        <input id="q" name="q" type="search" value="${wanted}" maxlength="${maxQueryLength}" />
        <button type="submit">Search</button>
      </div>
    </form>
    <p role="status">${result}</p>
    ${matching.length === 0 ? nothing(all.length) : groups(found, await summarize(shown))}
    ${pages > 1 ? pager({ page, pages, wanted }) : ''}`;
  const title = wanted === '' ? 'Providers' : `Search: ${wanted}`;
  return layout(place, { title, content, hasSearch: true });
}

function search(all: readonly ProviderAddress[], query: URLSearchParams): Found {
  const wanted = printable((query.get('q') ?? '').slice(0, maxQueryLength)).trim();
  const matching = all.filter((provider) => matches(provider, wanted));
  const pages = Math.max(1, Math.ceil(matching.length / pageSize));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(query.get('page') ?? 1)) || 1));
  const shown = matching.slice((page - 1) * pageSize, page * pageSize);
  return { wanted, matching, shown, page, pages };
}

/** All words have to be in the address. */
function matches(provider: ProviderAddress, wanted: string): boolean {
  const address = formatProviderAddress(provider).toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => address.includes(word));
}

function groups({ matching, shown }: Found, summaries: VersionSummaries): Markup {
  const hosts = [...new Set(shown.map(({ hostname }) => hostname))];
  return html`${hosts.map((host, index) => {
    const id = `host-${String(index)}`;
    const isOfHost = ({ hostname }: ProviderAddress): boolean => hostname === host;
    return html`<section aria-labelledby="${id}">
      <div class="heading">
        <h2 id="${id}">${displayHost(host)}</h2>
        <span class="soft">${counted(matching.filter(isOfHost).length, 'provider')}</span>
      </div>
      <ul class="providers">
        ${shown.filter(isOfHost).map((provider) => item(provider, summaries))}
      </ul>
    </section>`;
  })}`;
}

function item(provider: ProviderAddress, summaries: VersionSummaries): Markup {
  const { hostname, namespace, type } = provider;
  const summary = summaries.get(providerKey(provider));
  return html`<li>
    <a href="/providers/${hostname}/${namespace}/${type}"
      ><span class="namespace">${namespace}/</span>${type}</a
    >
    ${
      summary &&
      html`<span class="soft"
        ><b>${formatVersion(summary.newest)}</b> · ${counted(summary.count, 'version')}</span
      >`
    }
  </li>`;
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
  return layout(place, { title: 'Providers', content, hasSearch: true });
}
