import { isLoopbackHost } from './addresses.ts';
import { ConnectionError, ProxyAddressError, TlsError } from './errors.ts';
import { explainFailure } from './explain-failure.ts';
import { parseNoProxy } from './no-proxy.ts';

/** One setting and where it comes from, for messages. */
export interface ProxySetting {
  /** `HTTPS_PROXY`, as it was written. */
  readonly name: string;
  /** An address, with the user name and password of the proxy if it wants them. */
  readonly value: string;
}

export interface ProxySettings {
  /** For `https:` addresses. */
  readonly https?: ProxySetting | undefined;
  /** For `http:` addresses. */
  readonly http?: ProxySetting | undefined;
  /** What is asked directly, as in `NO_PROXY`. */
  readonly exempt?: string | undefined;
}

/**
 * The proxy for a target, if one is to be used. This machine itself is never asked through a proxy.
 * @throws ProxyAddressError when a setting that counts for the target is no address.
 */
export function proxyRules(settings: ProxySettings): (target: URL) => URL | undefined {
  const isExempt = parseNoProxy(settings.exempt ?? '');
  const parsed = new Map<ProxySetting, URL>();
  return (target) => {
    const isSecure = target.protocol === 'https:';
    const setting = isSecure ? settings.https : settings.http;
    if (setting === undefined || isLoopbackHost(target)) return undefined;
    const host = target.hostname.replace(/^\[|\]$/gu, '');
    if (isExempt(host, target.port === '' ? (isSecure ? '443' : '80') : target.port)) {
      return undefined;
    }
    const proxy = parsed.get(setting) ?? parseProxy(setting);
    parsed.set(setting, proxy);
    return proxy;
  };
}

/** `http://` may be left out, as Go allows. */
function parseProxy({ name, value }: ProxySetting): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//iu.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') {
    throw new ProxyAddressError(name, 'is not the address of a proxy');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ProxyAddressError(name, `names a proxy of the kind ${url.protocol.slice(0, -1)}`);
  }
  return url;
}

/** The value of `Proxy-Authorization`, which goes to the proxy and to nobody else. */
export function proxyCredentials({ password, username }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const text = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

/** A lone percent sign, which people forget to write as %25, stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A failure to reach the proxy, which must not be told of its targets. */
export function explainProxyFailure(error: unknown, proxy: URL): Error {
  const explained = explainFailure(error, `the proxy ${proxy.host}`);
  if (explained instanceof ConnectionError) {
    const what = explained.message.slice(`${explained.host}: `.length);
    return new ConnectionError(explained.host, what, explained.errno, {
      cause: error,
      hint: 'HTTPS_PROXY or HTTP_PROXY names that proxy: correct it, or list the hosts that need none in NO_PROXY.',
    });
  }
  return explained instanceof TlsError && explained.problem === 'no-tls'
    ? new TlsError(explained.host, 'no-tls', 'it does not speak TLS, perhaps plain HTTP', {
        cause: error,
        hint: 'Write its address with http:// where it is set; what goes to HTTPS hosts stays encrypted.',
      })
    : explained;
}
