import { html } from 'hono/html';
import { printable } from '../../base/index.ts';
import { displayHost, formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { CatalogedProvider, OfferedRelease, WithheldRelease } from '../gateway/index.ts';
import { configurations } from './configurations.ts';
import { codeBlock, layout, type Markup } from './layout.ts';
import type { Place } from './place.ts';
import { counted, sizeText, verdictOf } from './words.ts';

export function providerPage(place: Place, cataloged: CatalogedProvider): Markup {
  const { provider, releases, withheld } = cataloged;
  const { hostname, namespace, type } = provider;
  const address = formatProviderAddress(provider);
  const content = html`<h1><span class="namespace">${namespace}/</span>${type}</h1>
    <p class="address"><code>${address}</code></p>
    ${
      releases.length === 0
        ? html`<p>No release of it is offered.</p>`
        : versionTable(releases.toReversed(), `/providers/${hostname}/${namespace}/${type}`)
    }
    ${withheld.length === 0 ? '' : withheldList(withheld.toReversed())}
    <section aria-labelledby="use">
      <h2 id="use">How to use it</h2>
      ${configurations(place, cataloged).map(
        ({ intro, label, text }) =>
          html`<h3>${label}</h3>
            <p>${intro}</p>
            ${text === undefined ? '' : codeBlock(label, text)}`,
      )}
    </section>`;
  return layout(place, {
    title: address,
    crumbs: [
      { text: displayHost(hostname), href: `/?q=${encodeURIComponent(displayHost(hostname))}` },
      { text: `${namespace}/${type}` },
    ],
    content,
  });
}

function versionTable(releases: readonly OfferedRelease[], path: string): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="versions">
    <table>
      <caption id="versions">
        ${counted(releases.length, 'version')}
      </caption>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Signature</th>
          <th scope="col" class="number">Platforms</th>
          <th scope="col" class="number">Size</th>
        </tr>
      </thead>
      <tbody>
        ${releases.map((release) => versionRow(release, path))}
      </tbody>
    </table>
  </div>`;
}

function versionRow(release: OfferedRelease, path: string): Markup {
  const version = formatVersion(release.version);
  const { short, tone } = verdictOf(release);
  const size = release.packages.reduce((sum, { layer }) => sum + layer.size, 0);
  return html`<tr>
    <th scope="row"><a href="${path}/${version.replaceAll('+', '%2B')}">${version}</a></th>
    <td><span class="tone ${tone}">${short}</span></td>
    <td class="number">${release.packages.length}</td>
    <td class="number">${sizeText(size)}</td>
  </tr>`;
}

function withheldList(withheld: readonly WithheldRelease[]): Markup {
  return html`<section aria-labelledby="withheld">
    <h2 id="withheld">Not offered</h2>
    <ul>
      ${withheld.map(
        ({ error, version }) =>
          html`<li>
            <strong>${formatVersion(version)}</strong>:
            ${error instanceof Error ? printable(error.message, 1000) : 'it can not be read'}
          </li>`,
      )}
    </ul>
  </section>`;
}
