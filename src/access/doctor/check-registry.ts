import type { CallOptions } from '../../base/index.ts';
import type { RegistryPower, SeenExchange } from '../registry-power.ts';
import { failedCheck, type Tell } from './check.ts';
import { type ProductId, recognise } from './products.ts';
import { stepOf } from './steps.ts';

export interface RegistryCheck extends CallOptions {
  readonly power: RegistryPower;
  readonly registry: string;
}

/** What is known of a registry after the first contact. */
export interface MetRegistry {
  readonly product: ProductId | undefined;
  readonly productName: string | undefined;
  /** Its base asks for a user name and a password, and would not give anybody a token. */
  readonly wantsLogin: boolean;
}

/**
 * The first contact: name, connection, certificate, and what the base says.
 * @returns undefined when it can not be reached, so that nothing else is worth trying
 */
export async function checkConnection(
  { power, registry, signal }: RegistryCheck,
  tell: Tell,
): Promise<MetRegistry | undefined> {
  power.takeSeen();
  let origin;
  try {
    origin = await power.knock(registry, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    tell(failedCheck('connection', `${registry} can not be reached`, error));
    return undefined;
  }
  const isPlain = origin.protocol === 'http:';
  tell({
    topic: 'connection',
    status: isPlain ? 'warning' : 'ok',
    text: isPlain
      ? `${registry} answers by plain HTTP, which OpenTofu does not speak`
      : `${registry} answers by HTTPS, with a certificate that is trusted here`,
    advice: isPlain
      ? 'Give it a certificate; "tofu-oci serve --tls-self-signed" shows how.'
      : undefined,
  });
  const seen = power.takeSeen();
  const product = recognise(registry, seen);
  if (product !== undefined) {
    tell({ topic: 'connection', status: 'ok', text: `it is ${product.name}` });
  }
  const base = seen.findLast((exchange) => stepOf(exchange) === 'base');
  if (base !== undefined) tellBase(base, tell);
  const schemes = base?.status === 401 ? (base.challenge?.schemes ?? []) : [];
  const wantsLogin = schemes.includes('basic') && !schemes.includes('bearer');
  return { product: product?.id, productName: product?.name, wantsLogin };
}

function tellBase(
  { answeredBy, challenge, headers, status = 0, url }: SeenExchange,
  tell: Tell,
): void {
  const topic = 'connection';
  const isPage = headers.get('content-type')?.startsWith('text/html') === true;
  const isElsewhere = answeredBy !== undefined && hostOf(answeredBy) !== hostOf(url);
  const advice =
    'Is it the host of a registry, and not of its pages? Is there a login page of a proxy before it?';
  if (isElsewhere) {
    const text = `GET /v2/ leads elsewhere, to ${hostOf(answeredBy)}`;
    tell({ topic, status: 'warning', text, advice });
  } else if (status === 401 && challenge !== undefined && challenge.schemes.length > 0) {
    const { realm, schemes, scope, service } = challenge;
    const by = realm === undefined ? '' : `, with tokens of ${hostOf(realm)}`;
    const of = service === undefined ? '' : ` for ${service}`;
    const less = realm !== undefined && scope === undefined ? '; it names no scope' : '';
    const text = `GET /v2/ asks for authentication by ${schemes.join(', ')}${by}${of}${less}`;
    tell({ topic, status: 'ok', text });
  } else if (status === 401) {
    const text = 'GET /v2/ answers 401 without saying how to log in';
    tell({ topic, status: 'warning', text, advice: 'A proxy may have dropped WWW-Authenticate.' });
  } else if (status === 200 && !isPage) {
    tell({ topic, status: 'ok', text: 'GET /v2/ is open to everybody' });
  } else {
    const text = `GET /v2/ answers ${status}${isPage ? ' with a web page' : ''}, which a registry does not`;
    tell({ topic, status: 'warning', text, advice });
  }
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** What token servers said on the way. */
export function tellTokens(seen: readonly SeenExchange[], tell: Tell): void {
  const told = new Set<string>();
  for (const { answeredBy, status, token, url } of seen) {
    if (token === undefined || status !== 200) continue;
    const by = { anonymous: 'nobody', basic: 'the user', 'refresh-token': 'the identity token' }[
      token.by
    ];
    const granted =
      token.granted === undefined ? '' : `, and grants ${listed(token.granted) || 'nothing'}`;
    const text = `${hostOf(answeredBy ?? url)} gives ${by} a token for ${listed(token.asked) || 'no scope'}${granted}`;
    if (told.has(text)) continue;
    told.add(text);
    const missing = token.granted === undefined ? [] : missingFrom(token.granted, token.asked);
    if (missing.length === 0) {
      tell({ topic: 'authentication', status: 'ok', text });
      continue;
    }
    tell({
      topic: 'authentication',
      status: 'warning',
      text: `${text}; not ${listed(missing)}`,
      advice: 'Check the rights of the user, and that the repository is there.',
    });
  }
}

function listed(scopes: readonly string[]): string {
  return scopes.join(' ');
}

/** What of the scopes asked for is not among those granted, action by action. */
function missingFrom(granted: readonly string[], asked: readonly string[]): readonly string[] {
  const pairsOf = (scopes: readonly string[]): readonly (readonly [string, string])[] =>
    scopes.flatMap((scope) => {
      const at = scope.lastIndexOf(':');
      const actions = scope.slice(at + 1).split(',');
      return actions.map((action) => [scope.slice(0, at), action] as const);
    });
  const has = new Set(pairsOf(granted).map(([resource, action]) => `${resource}:${action}`));
  return pairsOf(asked)
    .filter(([resource, action]) => !has.has(`${resource}:${action}`) && !has.has(`${resource}:*`))
    .map(([resource, action]) => `${resource}:${action}`);
}

/** Node's default, at which programs that do not raise it give up. */
const usualHeaderBytes = 16 * 1024;

/** How large the headers of answers are. */
export function tellHeaders(seen: readonly SeenExchange[], tell: Tell): void {
  const largest = Math.max(0, ...seen.map(({ headerBytes }) => headerBytes ?? 0));
  if (largest <= usualHeaderBytes) return;
  tell({
    topic: 'reading',
    status: 'ok',
    text: `answers have up to ${Math.ceil(largest / 1024)} KiB of header; tofu-oci takes 64, other programs on Node 16`,
  });
}
