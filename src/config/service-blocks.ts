import { quoted } from '../base/index.ts';
import { type Hcl1Item, type Hcl1Object, type Hcl1Value, withLabels } from '../hcl/index.ts';
import {
  ArgumentProblem,
  goType,
  integerArgument,
  posOf,
  stringsArgument,
} from './block-arguments.ts';
import type { CredentialsHelper, RegistryProtocols } from './cli-config.ts';
import { at, type ConfigProblems } from './config-problems.ts';

/** What one file says about services, by the labels as they were written. */
export interface ServiceBlocks {
  /** `host`: services by name, with whatever stands for them. */
  readonly hosts: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** `credentials`: the token; undefined for a block without one. */
  readonly credentials: ReadonlyMap<string, string | undefined>;
  /** `credentials_helper`, by name. */
  readonly helpers: ReadonlyMap<string, CredentialsHelper>;
  readonly registryProtocols: RegistryProtocols | undefined;
}

/**
 * Decodes what concerns registries and network mirrors, as OpenTofu 1.12 does. Of several blocks with one label
 * the last one counts.
 * @throws ArgumentProblem for what has the wrong type, which is the end of the whole file
 */
export function decodeServiceBlocks(root: Hcl1Object, problems: ConfigProblems): ServiceBlocks {
  const hosts = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { body, label } of labelled(root, 'host')) {
    const services = find(body, 'services');
    if (services !== undefined && services.kind !== 'object') {
      throw notAMap(`root.host.${label}.services`, services);
    }
    hosts.set(label, services === undefined ? {} : plainObject(services));
  }
  const credentials = new Map<string, string | undefined>();
  for (const { body, label } of labelled(root, 'credentials')) {
    const token = body.items.findLast((item) => item.keys[0]?.name === 'token')?.value;
    credentials.set(label, token?.kind === 'string' ? token.value : undefined);
  }
  const helpers = new Map<string, CredentialsHelper>();
  for (const { body, label } of labelled(root, 'credentials_helper')) {
    const args = stringsArgument(body, 'args', `root.credentials_helper.${label}`) ?? [];
    helpers.set(label, { name: label, args });
  }
  return { hosts, credentials, helpers, registryProtocols: registryProtocols(root, problems) };
}

interface Labelled {
  readonly label: string;
  readonly body: Hcl1Object;
}

function* labelled(root: Hcl1Object, name: string): Generator<Labelled> {
  for (const item of named(root, name)) {
    const { value } = item;
    if (value.kind !== 'object') throw notAMap(`root.${name}`, value);
    for (const { keys, value: body } of withLabels(item, 1)) {
      const label = keys[1]?.name;
      if (label !== undefined && body.kind === 'object') yield { label, body };
    }
  }
}

/** HCL 1 does not tell upper from lower case in the names that it decodes by itself. */
function named(root: Hcl1Object, name: string): readonly Hcl1Item[] {
  return root.items.filter((item) => item.keys[0]?.name.toLowerCase() === name);
}

function find(body: Hcl1Object, name: string): Hcl1Value | undefined {
  return named(body, name).at(-1)?.value;
}

function notAMap(what: string, value: Hcl1Value): ArgumentProblem {
  return new ArgumentProblem(
    `${what}: not an object type for map (${goType(value)})`,
    posOf(value),
  );
}

function plainObject({ items }: Hcl1Object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(items.map(({ keys, value }) => [keys[0]?.name ?? '', plain(value)]));
}

function plain(value: Hcl1Value): unknown {
  switch (value.kind) {
    case 'object':
      return plainObject(value);
    case 'list':
      return value.items.map(plain);
    case 'null':
      return null;
    default:
      return value.value;
  }
}

function registryProtocols(
  root: Hcl1Object,
  problems: ConfigProblems,
): RegistryProtocols | undefined {
  const title = 'Invalid registry_protocols block';
  let found: { readonly settings: RegistryProtocols; readonly where: string } | undefined;
  for (const { keys, pos, value } of root.items) {
    if (keys[0]?.name !== 'registry_protocols') continue;
    if (found !== undefined) {
      const detail = `The registry protocol settings were already defined at ${found.where}.`;
      problems.add('Duplicate registry_protocols block', detail, pos);
    } else if (value.kind !== 'object') {
      const detail = `The registry_protocols item at ${at(pos)} must have an open brace after the block type.`;
      problems.add(title, detail, pos);
    } else {
      found = { where: at(pos), settings: {} };
      try {
        const retries = integerArgument(value, 'retry_count');
        const seconds = integerArgument(value, 'request_timeout_seconds');
        const requestTimeoutMs = seconds === undefined ? undefined : seconds * 1000;
        found = { where: at(pos), settings: { retries, requestTimeoutMs } };
      } catch (error) {
        if (!(error instanceof ArgumentProblem)) throw error;
        const detail = `Invalid registry protocol settings at ${at(value.pos)}: ${error.message}.`;
        problems.add(title, detail, error.pos);
      }
    }
  }
  return found?.settings;
}

/** As OpenTofu words it. */
export function invalidHost(block: 'host' | 'credentials', label: string, why: string): string {
  return `The ${block} ${quoted(label)} block has an invalid hostname: ${why}`;
}
