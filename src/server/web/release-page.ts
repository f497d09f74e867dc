import { html } from 'hono/html';
import { isTofuOciError, printable } from '../../base/index.ts';
import { displayHost, formatProviderAddress, formatVersion } from '../../domain/index.ts';
import { isOffered, type OfferedRelease, type WithheldRelease } from '../gateway/index.ts';
import { requiredProviders } from './configurations.ts';
import { badge, codeBlock, layout, type Markup } from './layout.ts';
import type { Place } from './place.ts';
import { counted, sizeText, verdictOf } from './words.ts';

export function releasePage(place: Place, release: OfferedRelease | WithheldRelease): Markup {
  const { provider } = release;
  const { hostname, namespace, type } = provider;
  const version = formatVersion(release.version);
  return layout(place, {
    title: `${formatProviderAddress(provider)} ${version}`,
    crumbs: [
      { text: displayHost(hostname), href: `/?q=${encodeURIComponent(displayHost(hostname))}` },
      { text: `${namespace}/${type}`, href: `/providers/${hostname}/${namespace}/${type}` },
      { text: version },
    ],
    content: html`<h1>
        <span class="namespace">${namespace}/</span>${type}
        <span class="version">${version}</span>
      </h1>
      ${isOffered(release) ? offered(release) : notOffered(release)}`,
  });
}

function notOffered({ error }: WithheldRelease): Markup {
  const why = error instanceof Error ? printable(error.message, 2000) : 'It can not be read.';
  const hint = isTofuOciError(error) ? error.hint : undefined;
  return html`<p>${badge({ short: 'not offered', tone: 'bad' })}</p>
    <p>${why}</p>
    ${hint === undefined ? '' : html`<p>${printable(hint, 2000)}</p>`}`;
}

function offered(release: OfferedRelease): Markup {
  const { provider, version } = release;
  return html`${signature(release)}
    <section aria-labelledby="use">
      <h2 id="use">In a module</h2>
      ${codeBlock('In a module', requiredProviders(provider, version))}
    </section>
    <section aria-labelledby="files">
      <h2 id="files">Packages</h2>
      ${packageTable(release)}
    </section>`;
}

function signature(release: OfferedRelease): Markup {
  const { signedBy } = release.verdict;
  const { long, ...words } = verdictOf(release);
  return html`<p>${badge(words)} ${long}</p>
    <dl>
      ${
        signedBy === undefined
          ? ''
          : html`<div>
                <dt>Signed by</dt>
                <dd>${printable(signedBy.userId ?? 'no user ID', 300)}</dd>
              </div>
              <div>
                <dt>Key fingerprint</dt>
                <dd><code>${signedBy.fingerprint}</code></dd>
              </div>
              <div>
                <dt>Signature of</dt>
                <dd>${signedBy.createdAt.toISOString().slice(0, 10)}, by its own statement</dd>
              </div>`
      }
      <div>
        <dt>Plugin protocols</dt>
        <dd>${release.protocols.length === 0 ? 'not known' : release.protocols.join(', ')}</dd>
      </div>
      <div>
        <dt>Index digest</dt>
        <dd><code>${release.digest}</code></dd>
      </div>
    </dl>`;
}

function packageTable({ packages, provider, version }: OfferedRelease): Markup {
  const { hostname, namespace, type } = provider;
  const text = formatVersion(version).replaceAll('+', '%2B');
  const path = `/v1/packages/${hostname}/${namespace}/${type}/${text}`;
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="packages">
    <table>
      <caption id="packages">
        ${counted(packages.length, 'package')}
      </caption>
      <thead>
        <tr>
          <th scope="col">Platform</th>
          <th scope="col" class="number">Size</th>
          <th scope="col">sha256 of the zip (zh)</th>
        </tr>
      </thead>
      <tbody>
        ${packages.map(({ filename, layer, platform, zh }) => {
          const hex = zh.slice('zh:'.length);
          const href = `${path}/${hex}/${filename.replaceAll('+', '%2B')}`;
          return html`<tr>
            <th scope="row"><a href="${href}" download>${platform}</a></th>
            <td class="number">${sizeText(layer.size)}</td>
            <td><code>${hex}</code></td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
