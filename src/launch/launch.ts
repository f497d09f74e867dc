import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallOptions, FileAccessError } from '../base/index.ts';
import {
  type ConfigChanges,
  environmentForPrograms,
  type HostServices,
  type ProgramConfig,
  type Surroundings,
} from '../config/index.ts';
import { type LaunchHost, otherServices, type ServicesOptions } from './host-services.ts';
import { type PrivateServerOptions, startPrivateServer } from './private-server.ts';
import { runChild, SignalRelay, type SignalSource } from './run-child.ts';

export interface LaunchRequest extends PrivateServerOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Where it is started; absolute. */
  readonly directory: string;
  /** Of the user, for the program. */
  readonly config: ProgramConfig;
  readonly replace: ConfigChanges['replace'];
  /** Whose providers come from the gateway. */
  readonly hosts: readonly LaunchHost[];
  readonly discover: ServicesOptions['discover'];
}

export interface LaunchOptions extends CallOptions {
  readonly surroundings: Surroundings;
  readonly signals: SignalSource;
  readonly onWarning: (text: string) => void;
}

/**
 * Runs a program whose providers come from a gateway of its own:
 *
 * 1. the gateway listens on loopback, below a secret path;
 * 2. a CLI configuration is written that says what the user's says, and sends the providers of some hosts there;
 * 3. the program runs with it, with our standard streams and our signals;
 * 4. however it ends, the gateway and the configuration are gone.
 *
 * @returns the exit code of the program
 * @throws CommandNotStartedError, HostServicesError, UnwritableConfigError, FileAccessError
 */
export async function launch(request: LaunchRequest, options: LaunchOptions): Promise<number> {
  const { signal, surroundings } = options;
  signal?.throwIfAborted();
  const others = await Promise.all(
    request.hosts.map(async (each): Promise<readonly [string, HostServices]> => {
      const { config, discover } = request;
      const asked = { ...options, configured: config.hosts, discover };
      return [each.host, await otherServices(each, asked)];
    }),
  );
  const server = await startPrivateServer(request);
  let folder: string | undefined;
  // From here on there is something to clean up, whatever signal comes.
  const relay = new SignalRelay(surroundings.platform);
  const release = options.signals.take((each) => relay.receive(each));
  try {
    signal?.throwIfAborted();
    const hosts = new Map(
      others.map(([host, services]) => [
        host,
        { ...services, 'providers.v1': `${server.url}/v1/providers/${host}/` },
      ]),
    );
    const text = request.config.format({ hosts, replace: request.replace });
    folder = await makeFolder();
    const file = join(folder, 'cli-configuration.tfrc');
    await write(file, text);
    return await runChild(request.command, {
      directory: request.directory,
      env: environmentOf(surroundings, file),
      relay,
    });
  } finally {
    await server.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    release();
  }
}

/** Everything but what is ours alone, and the names of other CLI configurations. */
function environmentOf(surroundings: Surroundings, file: string): Record<string, string> {
  const env = environmentForPrograms(surroundings);
  Reflect.deleteProperty(env, 'TERRAFORM_CONFIG');
  return { ...env, TF_CLI_CONFIG_FILE: file };
}

/** Only this user may look into it: it has the mode 0700 from the start. */
async function makeFolder(): Promise<string> {
  const parent = tmpdir();
  try {
    return await mkdtemp(join(parent, 'tofu-oci-exec-'));
  } catch (error) {
    throw new FileAccessError('make a folder in', parent, error);
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new FileAccessError('write', file, error);
  }
}
