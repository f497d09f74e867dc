import { html } from 'hono/html';
import { layout, type Markup } from './layout.ts';
import type { Place } from './place.ts';

const problems = {
  noPage: ['There is no such page', 'The address leads nowhere on this server.'],
  noProvider: [
    'There is no such provider',
    'No repository here holds releases of a provider with this address.',
  ],
  noRelease: ['There is no such release', 'The provider has no release of this version here.'],
  noAddress: [
    'That is no provider address',
    'Write HOST/NAMESPACE/TYPE, as in registry.opentofu.org/hashicorp/null.',
  ],
  noMethod: ['That is not possible', 'Pages can only be read.'],
  forbidden: [
    'You may not read this',
    'The rules of this server do not let you see this provider.',
  ],
  login: [
    'Log in',
    'This server asks who you are: a user name with its password, or a name with its token in place of a password.',
  ],
  tooMany: [
    'Try again later',
    'There were too many logins at once, or too many wrong ones from your address.',
  ],
  failed: [
    'It can not be read now',
    'The place behind this server does not answer, or not as it should. The server’s log says why.',
  ],
} as const;

export function problemPage(place: Place, problem: keyof typeof problems): Markup {
  const [title, text] = problems[problem];
  const content = html`<h1>${title}</h1>
    <p>${text}</p>
    <p><a href="/">All providers</a></p>`;
  return layout(place, { title, content });
}
