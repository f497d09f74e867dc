import { html } from 'hono/html';
import { printable } from '../../base/index.ts';
import {
  displayHost,
  formatProviderAddress,
  formatVersion,
  type Version,
} from '../../domain/index.ts';
import type { CatalogedProvider, OfferedRelease, WithheldRelease } from '../gateway/index.ts';
import { configurations, requiredProviders } from './configurations.ts';
import { badge, codeBlock, layout, type Markup } from './layout.ts';
import type { Place } from './place.ts';
import { counted, newestOf, sizeText, verdictOf } from './words.ts';

/** Versions that are seen at once; who wants an older one knows which. */
const shownVersions = 20;
/** A page is made anew for everybody who looks, and kept until the slowest one has read it. */
const maxOlder = 500;
const maxWithheld = 100;

export function providerPage(place: Place, cataloged: CatalogedProvider): Markup {
  const { provider, releases, withheld } = cataloged;
  const { hostname, namespace, type } = provider;
  const address = formatProviderAddress(provider);
  const newest = newestOf(releases);
  const path = `/providers/${hostname}/${namespace}/${type}`;
  const content = html`<h1><span class="namespace">${namespace}/</span>${type}</h1>
    <p class="address"><code>${address}</code></p>
    ${
      newest === undefined
        ? html`<p>No release of it is offered.</p>`
        : html`${facts(newest, path)}
            <section aria-labelledby="use">
              <h2 id="use">In a module</h2>
              ${codeBlock('In a module', requiredProviders(provider, newest.version))}
              <p>What makes it come from this server: <a href="#cli">CLI configuration</a>.</p>
            </section>
            <section aria-labelledby="versions">
              <h2 id="versions">Versions</h2>
              ${versionTables(releases.toReversed(), path)}
            </section>`
    }
    ${withheld.length === 0 ? '' : withheldList(withheld.toReversed(), path)}
    ${newest === undefined ? '' : cliConfiguration(place, cataloged)}`;
  return layout(place, {
    title: address,
    crumbs: [
      { text: displayHost(hostname), href: `/?q=${encodeURIComponent(displayHost(hostname))}` },
      { text: `${namespace}/${type}` },
    ],
    content,
  });
}

function facts(newest: OfferedRelease, path: string): Markup {
  const systems = new Set(newest.packages.map(({ platform }) => platform.split('_', 1)[0] ?? ''));
  return html`<dl class="facts">
    <div>
      <dt>Newest version</dt>
      <dd>${versionLink(newest.version, path)}</dd>
    </div>
    <div>
      <dt>Signature</dt>
      <dd>${badge(verdictOf(newest))}</dd>
    </div>
    <div>
      <dt>Systems</dt>
      <dd>${[...systems].join(', ')}</dd>
    </div>
    ${
      newest.protocols.length === 0
        ? ''
        : html`<div>
            <dt>Plugin protocols</dt>
            <dd>${newest.protocols.join(', ')}</dd>
          </div>`
    }
  </dl>`;
}

function versionTables(releases: readonly OfferedRelease[], path: string): Markup {
  const older = releases.slice(shownVersions, shownVersions + maxOlder);
  const left = releases.length - shownVersions - older.length;
  return html`${versionTable(releases.slice(0, shownVersions), {
    path,
    id: 'newest',
    caption:
      older.length === 0
        ? counted(releases.length, 'version')
        : `The newest ${String(shownVersions)} of ${String(releases.length)} versions`,
  })}
  ${
    older.length === 0
      ? ''
      : html`<details>
          <summary>${counted(older.length, 'older version')}</summary>
          ${versionTable(older, { path, id: 'older', caption: 'Older versions' })}
          ${left > 0 ? html`<p>And ${counted(left, 'version')} before these.</p>` : ''}
        </details>`
  }`;
}

function versionTable(
  releases: readonly OfferedRelease[],
  { caption, id, path }: { readonly caption: string; readonly id: string; readonly path: string },
): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}">
    <table>
      <caption id="${id}">
        ${caption}
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
  const size = release.packages.reduce((sum, { layer }) => sum + layer.size, 0);
  return html`<tr>
    <th scope="row">${versionLink(release.version, path)}</th>
    <td>${badge(verdictOf(release))}</td>
    <td class="number">${release.packages.length}</td>
    <td class="number">${sizeText(size)}</td>
  </tr>`;
}

function versionLink(version: Version, path: string): Markup {
  const text = formatVersion(version);
  return html`<a href="${path}/${text.replaceAll('+', '%2B')}">${text}</a>`;
}

function withheldList(withheld: readonly WithheldRelease[], path: string): Markup {
  const left = withheld.length - maxWithheld;
  return html`<section aria-labelledby="withheld">
    <h2 id="withheld">Not offered</h2>
    <dl class="withheld">
      ${withheld.slice(0, maxWithheld).map(
        ({ error, version }) =>
          html`<div>
            <dt>${versionLink(version, path)}</dt>
            <dd>
              ${error instanceof Error ? printable(error.message, 1000) : 'It can not be read.'}
            </dd>
          </div>`,
      )}
    </dl>
    ${left > 0 ? html`<p>And ${counted(left, 'version')} before these.</p>` : ''}
  </section>`;
}

function cliConfiguration(place: Place, cataloged: CatalogedProvider): Markup {
  const { choices, notes } = configurations(place, cataloged);
  return html`<section aria-labelledby="cli">
    <h2 id="cli">CLI configuration</h2>
    ${notes.map((note) => html`<p>${note}</p>`)}
    ${
      choices.length === 0
        ? ''
        : html`<p>
            ${choices.length === 1 ? 'This block goes' : 'One of these blocks goes'} into
            <code>~/.tofurc</code> of OpenTofu, <code>~/.terraformrc</code> of Terraform, or the
            file that <code>TF_CLI_CONFIG_FILE</code> names.
          </p>`
    }
    ${choices.map(
      ({ intro, label, text }) =>
        html`<h3>${label}</h3>
          <p>${intro}</p>
          ${codeBlock(label, text)}`,
    )}
  </section>`;
}
