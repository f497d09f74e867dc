import type { RegistryPower, SeenExchange } from '../access/index.ts';
import { nodeFiles, systemClock } from '../base/index.ts';
import type { CredentialsPolicy } from '../config/index.ts';
import { openHttp } from './open-repositories.ts';
import type { CommandContext } from './program.ts';
import { type GlobalOptions, resolveIn } from './wire.ts';

/** The client that all commands use, which also tells what it exchanges. */
export async function watchedRegistries(
  context: CommandContext,
  options: GlobalOptions,
  policy: CredentialsPolicy,
): Promise<RegistryPower> {
  const { checkLogin, createRegistryClient, knock, observeHttp } = await import('../oci/index.ts');
  const inFolder = resolveIn(context.io, options);
  let seen: SeenExchange[] = [];
  const http = observeHttp(
    await openHttp({ context, options, files: nodeFiles, inFolder }),
    (exchange) => seen.push(exchange),
  );
  const plainHttpHosts = options.plainHttp;
  const client = createRegistryClient({
    http,
    plainHttpHosts,
    credentials: {
      credentialsFor: async (repository, call) =>
        (await policy.credentialsFor(repository, call)).login,
    },
    onWarning: (registry, text) => context.output.note(`${registry} says: ${text}`),
  });
  return {
    knock: (registry, call) => knock({ registry }, { http, plainHttpHosts, ...call }),
    checkLogin: (repository, login, call) =>
      checkLogin(
        repository,
        { kind: 'basic', ...login },
        { http, plainHttpHosts, clock: systemClock, ...call },
      ),
    repository: (name) => client.repository(name),
    takeSeen: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => http.close(),
  };
}
