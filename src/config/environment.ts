import { isWindows, pathsOf, type Surroundings, variable } from './surroundings.ts';

/** The settings that come from the environment alone. */
export interface Environment {
  /** `TF_DATA_DIR`, as it was written; `.terraform` without it. */
  readonly dataDirectory: string;
  /** `OPENTOFU_ENFORCE_GPG_VALIDATION`: only the exact text `true` counts. */
  readonly enforceSignatures: boolean;
  /** `OPENTOFU_ENFORCE_GPG_EXPIRATION`: only the exact text `true` counts. */
  readonly enforceExpiration: boolean;
  /** `TOFU_OCI_LOCATION`: what `--to` and `--from` are when they are not given. */
  readonly location: string | undefined;
  /** `TOFU_OCI_DEFAULT_HOST`: the host of addresses that name none. */
  readonly defaultHost: string | undefined;
  /** `TOFU_OCI_TRUST`: the trust policy. */
  readonly trustFile: string | undefined;
  /**
   * `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`: files with certificates to trust, absolute. Go ignores the
   * first on macOS and Windows; we do not.
   */
  readonly caFiles: readonly string[];
  readonly proxies: ProxyVariables;
}

/** The variables that name proxies, as they are written and by the spelling that counts. */
export interface ProxyVariables {
  /** `HTTPS_PROXY`, else `https_proxy`. */
  readonly https?: { readonly name: string; readonly value: string } | undefined;
  /** `HTTP_PROXY`, else `http_proxy`; never within CGI, where the client of a web server could set it. */
  readonly http?: { readonly name: string; readonly value: string } | undefined;
  /** `NO_PROXY`, else `no_proxy`. */
  readonly exempt?: string | undefined;
}

export function readEnvironment(surroundings: Surroundings): Environment {
  const caFiles = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
    const path = variable(surroundings, name);
    return path === undefined ? [] : [pathsOf(surroundings).resolve(surroundings.cwd, path)];
  });
  return {
    dataDirectory: variable(surroundings, 'TF_DATA_DIR') ?? '.terraform',
    enforceSignatures: surroundings.env['OPENTOFU_ENFORCE_GPG_VALIDATION'] === 'true',
    enforceExpiration: surroundings.env['OPENTOFU_ENFORCE_GPG_EXPIRATION'] === 'true',
    location: variable(surroundings, 'TOFU_OCI_LOCATION'),
    defaultHost: variable(surroundings, 'TOFU_OCI_DEFAULT_HOST'),
    trustFile: variable(surroundings, 'TOFU_OCI_TRUST'),
    caFiles: [...new Set(caFiles)],
    proxies: proxyVariables(surroundings),
  };
}

/** @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#FromEnvironment */
function proxyVariables(surroundings: Surroundings): ProxyVariables {
  const set = (name: string): { readonly name: string; readonly value: string } | undefined => {
    const names = [name, name.toLowerCase()];
    const found = names.find((each) => variable(surroundings, each) !== undefined);
    const value = found === undefined ? undefined : variable(surroundings, found)?.trim();
    return found === undefined || value === undefined ? undefined : { name: found, value };
  };
  const isCgi = variable(surroundings, 'REQUEST_METHOD') !== undefined;
  const [https, http, exempt] = [
    set('HTTPS_PROXY'),
    isCgi ? undefined : set('HTTP_PROXY'),
    set('NO_PROXY')?.value,
  ];
  return {
    ...(https === undefined ? {} : { https }),
    ...(http === undefined ? {} : { http }),
    ...(exempt === undefined ? {} : { exempt }),
  };
}

/** Our own variables that hold no secret. All others with our prefix are kept from programs we start. */
const harmless: ReadonlySet<string> = new Set([
  'TOFU_OCI_DEFAULT_HOST',
  'TOFU_OCI_LOCATION',
  'TOFU_OCI_TRUST',
]);

/**
 * The environment for a helper program: everything, since helpers find their configuration there, but
 * our own secrets (security.md, client rule 8).
 */
export function environmentForHelpers(surroundings: Surroundings): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(surroundings.env)) {
    // Windows does not tell upper from lower case in these names.
    const plain = isWindows(surroundings) ? name.toUpperCase() : name;
    if (value === undefined) continue;
    if (plain.startsWith('TOFU_OCI_') && !harmless.has(plain)) continue;
    result[name] = value;
  }
  return result;
}
