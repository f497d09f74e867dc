import { nodeFiles, systemClock } from '../base/index.ts';
import type { LoginChecker } from '../access/index.ts';
import { openHttp } from './open-repositories.ts';
import type { CommandContext } from './program.ts';
import { type GlobalOptions, resolveIn } from './wire.ts';

/** Asks registries whether a login is right, over connections of its own. */
export async function loginChecker(
  context: CommandContext,
  options: GlobalOptions,
): Promise<LoginChecker> {
  const { checkLogin } = await import('../oci/index.ts');
  return {
    async checkLogin(repository, login, { signal } = {}) {
      const inFolder = resolveIn(context.io, options);
      const http = await openHttp({ context, options, files: nodeFiles, inFolder });
      try {
        return await checkLogin(
          repository,
          { kind: 'basic', ...login },
          { http, clock: systemClock, plainHttpHosts: options.plainHttp, signal },
        );
      } finally {
        http.close();
      }
    },
  };
}
