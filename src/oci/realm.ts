import { isLoopbackHost, isPrivateHost } from '../http/index.ts';
import { RealmRefusedError } from './errors.ts';

/**
 * Domains below which strangers rent names, so that sharing one says nothing. Not the public suffix
 * list: a registry that is missed here gains tokens for its own repositories and nothing else.
 */
const sharedDomains: ReadonlySet<string> = new Set([
  'amazonaws.com',
  'appspot.com',
  'azurecr.io',
  'azurefd.net',
  'azurewebsites.net',
  'cloudapp.net',
  'cloudfront.net',
  'duckdns.org',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'netlify.app',
  'ngrok-free.app',
  'ngrok.io',
  'nip.io',
  'onrender.com',
  'pages.dev',
  'pkg.dev',
  'run.app',
  'sslip.io',
  'trycloudflare.com',
  'vercel.app',
  'web.app',
  'windows.net',
  'workers.dev',
]);

const secondLevel = /^(?:ac|co|com|edu|go|gov|ne|net|or|org)\.[a-z]{2}$/u;

/**
 * Where a registry sends us for a token, if we may go there with the user's credentials: its own host,
 * another host of the same domain over HTTPS, or a host on the list.
 * @throws RealmRefusedError
 */
export function checkRealm(registry: URL, text: string, trustedHosts: readonly string[]): URL {
  const refuse = (why: string): never => {
    throw new RealmRefusedError(registry.host, text, why);
  };
  let realm: URL;
  try {
    realm = new URL(text);
  } catch {
    return refuse('it is not a URL');
  }
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:') {
    return refuse('it is neither http nor https');
  }
  if (realm.username !== '' || realm.password !== '') {
    return refuse('it holds a user name or password');
  }
  if (realm.protocol === 'http:' && registry.protocol === 'https:') {
    return refuse('it is plain HTTP although the registry is HTTPS');
  }
  realm.hash = '';
  if (realm.hostname === registry.hostname || trustedHosts.includes(realm.hostname)) return realm;
  if (isLoopbackHost(registry) && isLoopbackHost(realm)) return realm;
  if (isPrivateHost(realm)) return refuse('it is a private or loopback address');
  if (realm.protocol !== 'https:') return refuse('it is plain HTTP on another host');
  if (!isSameSite(registry.hostname, realm.hostname)) return refuse('it is on a foreign host');
  return realm;
}

/** Whether two names belong to one owner as far as names tell: `auth.example.com`, `r.example.com`. */
function isSameSite(a: string, b: string): boolean {
  const site = siteOf(a);
  return site !== undefined && site === siteOf(b);
}

function siteOf(hostname: string): string | undefined {
  if (hostname.startsWith('[') || /^[\d.]+$/u.test(hostname)) return undefined;
  const labels = hostname.split('.').filter((label) => label !== '');
  const two = labels.slice(-2).join('.');
  if (labels.length < 2 || sharedDomains.has(two)) return undefined;
  if (!secondLevel.test(two)) return two;
  return labels.length < 3 ? undefined : labels.slice(-3).join('.');
}
