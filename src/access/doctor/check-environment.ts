import { resolve } from 'node:path';
import { type CallOptions, type Files, readFileBounded } from '../../base/index.ts';
import { readEnvironment, type Surroundings } from '../../config/index.ts';
import { failedCheck, type Tell } from './check.ts';

export interface EnvironmentOptions extends CallOptions {
  readonly files: Files;
}

/** The certificates of every public authority together have some hundred kilobytes. */
const maxPemBytes = 16 * 1024 * 1024;
/** About what Node parses in 5 ms. */
const manyCertificates = 20;

/** Settings of the environment that change where requests go and whom they trust. */
export async function checkEnvironment(
  surroundings: Surroundings,
  options: EnvironmentOptions,
  tell: Tell,
): Promise<void> {
  const { env, platform } = surroundings;
  await checkCertFile(surroundings, options, tell);
  await checkExtraCerts(surroundings, options, tell);
  if (isSet(env['SSL_CERT_DIR'])) {
    tell({
      topic: 'environment',
      status: 'warning',
      text: 'SSL_CERT_DIR is read by OpenTofu and not by tofu-oci',
      advice: 'Name the one certificate that matters with SSL_CERT_FILE or --ca-file.',
    });
  }
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    tell({
      topic: 'environment',
      status: 'problem',
      category: 'trust',
      text: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of certificates: anybody on the way can pose as the registry',
      advice: 'Unset it; name the certificate of your authority with --ca-file or SSL_CERT_FILE.',
    });
  }
  checkProxies(surroundings, tell);
  if (platform !== 'linux' && isSet(env['SSL_CERT_FILE'])) {
    tell({
      topic: 'environment',
      status: 'warning',
      text: 'OpenTofu does not read SSL_CERT_FILE on this system, tofu-oci does',
      advice: 'For OpenTofu, add the certificate to those of the system.',
    });
  }
}

async function checkCertFile(
  { cwd, env }: Surroundings,
  options: EnvironmentOptions,
  tell: Tell,
): Promise<void> {
  const path = env['SSL_CERT_FILE'];
  if (!isSet(path)) return;
  const count = await countCertificates('SSL_CERT_FILE', resolve(cwd, path), options, tell);
  if (count === undefined) return;
  if (count === 0) {
    tell({
      topic: 'environment',
      status: 'problem',
      category: 'usage',
      text: `SSL_CERT_FILE: ${path} holds no certificate in PEM`,
      advice: 'It has to hold lines with BEGIN CERTIFICATE.',
    });
    return;
  }
  tell({
    topic: 'environment',
    status: 'ok',
    text: `SSL_CERT_FILE adds ${counted(count)}; OpenTofu reads it, too`,
  });
}

async function checkExtraCerts(
  { cwd, env }: Surroundings,
  options: EnvironmentOptions,
  tell: Tell,
): Promise<void> {
  const path = env['NODE_EXTRA_CA_CERTS'];
  if (!isSet(path)) return;
  const count = await countCertificates('NODE_EXTRA_CA_CERTS', resolve(cwd, path), options, tell);
  if (count === undefined) return;
  const isMany = count > manyCertificates;
  tell({
    topic: 'environment',
    status: isMany ? 'warning' : 'ok',
    text: `NODE_EXTRA_CA_CERTS adds ${counted(count)}; OpenTofu does not read it${isMany ? ', and every start of Node takes longer for it' : ''}`,
    advice: isMany
      ? 'Use --ca-file or SSL_CERT_FILE, which are read when they are needed.'
      : undefined,
  });
}

async function countCertificates(
  name: string,
  path: string,
  { files, signal }: EnvironmentOptions,
  tell: Tell,
): Promise<number | undefined> {
  try {
    const limits = { files, maxBytes: maxPemBytes, signal };
    const bytes = await readFileBounded(path, limits);
    return bytes.toString('latin1').match(/-----BEGIN CERTIFICATE-----/gu)?.length ?? 0;
  } catch (error) {
    signal?.throwIfAborted();
    const failed = failedCheck('environment', name, error);
    tell({ ...failed, advice: `Correct or unset ${name}.`, category: 'usage' });
    return undefined;
  }
}

function counted(count: number): string {
  return count === 1 ? 'one certificate' : `${count} certificates`;
}

function checkProxies(surroundings: Surroundings, tell: Tell): void {
  const { exempt, http, https } = readEnvironment(surroundings).proxies;
  for (const setting of [https, http]) {
    if (setting === undefined) continue;
    const { name, value } = setting;
    const text = value.includes('://') ? value : `http://${value}`;
    const proxy = URL.canParse(text) ? new URL(text) : undefined;
    const isOfAKindWeKnow = proxy?.protocol === 'http:' || proxy?.protocol === 'https:';
    if (proxy === undefined || proxy.host === '' || !isOfAKindWeKnow) {
      tell({
        topic: 'environment',
        status: 'problem',
        category: 'usage',
        // Not the value: it may hold a password.
        text: `${name} does not name a proxy that is spoken to by HTTP or HTTPS`,
        advice: `Write ${name}=http://proxy.example.com:3128`,
      });
      continue;
    }
    const but = exempt === undefined ? '' : `, except for ${exempt}`;
    tell({
      topic: 'environment',
      status: 'ok',
      text: `${name} names ${proxy.protocol}//${proxy.host} as the proxy${but}`,
    });
  }
  const { env } = surroundings;
  if (https === undefined && (isSet(env['ALL_PROXY']) || isSet(env['all_proxy']))) {
    tell({
      topic: 'environment',
      status: 'warning',
      text: 'ALL_PROXY is read neither by OpenTofu nor by tofu-oci',
      advice: 'Set HTTPS_PROXY.',
    });
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
