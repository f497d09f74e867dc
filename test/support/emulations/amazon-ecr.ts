import { wireError } from '../published-registry.ts';
import { basicDoor, type Emulation, type Handler, repositoryIn } from './emulation.ts';

export interface EcrOptions {
  /** Repositories that somebody has created. */
  readonly repositories: readonly string[];
  /** Bytes that one request may have, as a proxy in front would have it. */
  readonly maxRequestBytes?: number;
}

const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';

/**
 * Amazon ECR: Basic, no repository by itself, PATCH answered with 201, and the bodies of all PATCHes after the
 * first thrown away without a word (aws/containers-roadmap#2831).
 */
export function amazonEcr(backing: Handler, options: EcrOptions): Emulation {
  let firstPart: number | undefined;
  const known = new Set(options.repositories);

  const mustExist: Handler = ({ path }) => {
    const name = repositoryIn(path);
    if (name === undefined || known.has(name)) return undefined;
    const message = `The repository with name '${name}' does not exist in the registry with id '123456789012'`;
    return wireError(404, 'NAME_UNKNOWN', message);
  };
  const limit: Handler = ({ body }) =>
    options.maxRequestBytes !== undefined && body.byteLength > options.maxRequestBytes
      ? { status: 413 }
      : undefined;
  const loseParts: Handler = async (request) => {
    if (request.method === 'POST') firstPart = undefined;
    if (request.method !== 'PATCH') return undefined;
    if (firstPart === undefined) {
      firstPart = request.body.byteLength;
      const reply = await backing(request);
      return { ...reply, status: 201 };
    }
    const location = request.path;
    return { status: 201, headers: { location, range: `0-${String(firstPart - 1)}` } };
  };
  /** A tag of a form that it does not like is a bad request, without a body. */
  const pickyHead: Handler = ({ method, path }) =>
    method === 'HEAD' && /\/manifests\/[^:]*[+%]/u.test(path) ? { status: 400 } : undefined;

  return {
    repository: { registry: host, path: 'tf/null' },
    login: { kind: 'basic', username: 'AWS', password: 'eyJwYXlsb2FkIjoi+/=' },
    ownHosts: [host],
    handlers: [
      basicDoor(host, 'AWS', 'eyJwYXlsb2FkIjoi+/='),
      mustExist,
      limit,
      loseParts,
      pickyHead,
      backing,
    ],
  };
}
