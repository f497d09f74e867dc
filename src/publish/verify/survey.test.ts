import { describe, expect, it } from 'vitest';
import { pushRelease } from '../../../test/support/pushed-release.ts';
import { createMemoryRepository, type SourceRepository } from '../../content/index.ts';
import { formatVersion, parseConstraints, parseProviderAddress } from '../../domain/index.ts';
import { AccessDeniedError, InvalidAnswerError } from '../../oci/index.ts';
import { survey, type SurveyedRelease, type SurveyRequest } from './survey.ts';

const thing = parseProviderAddress('example.com/acme/thing');
const other = parseProviderAddress('example.com/acme/other');

async function repositoryWith(...versions: readonly string[]): Promise<SourceRepository> {
  const repository = createMemoryRepository('r');
  for (const version of versions)
    await pushRelease(repository, { version, platforms: ['linux_amd64'] });
  return repository;
}

const nameOf = ({ provider, version }: Pick<SurveyedRelease, 'provider' | 'version'>): string =>
  `${provider.type} ${formatVersion(version)}`;

async function run(
  place: Parameters<typeof survey>[0],
  over: Partial<SurveyRequest> & { constraints?: readonly string[]; signal?: AbortSignal } = {},
  visit: (release: SurveyedRelease) => Promise<string> = (release) =>
    Promise.resolve(nameOf(release)),
) {
  const { constraints: texts = [], signal, ...rest } = over;
  const constraints = texts.map((text) => parseConstraints(text));
  const events: string[] = [];
  const summary = await survey(
    place,
    { providers: [{ provider: thing, constraints }], newestOnly: false, concurrency: 3, ...rest },
    visit,
    {
      signal,
      events: {
        result: (result) => events.push(result),
        failure: ({ version }) => events.push(`failed ${version ?? 'all'}`),
      },
    },
  );
  return { ...summary, events };
}

describe('a survey', () => {
  it('visits each version that is wanted, and tells in order whatever is ready first', async () => {
    const repository = await repositoryWith('1.0.0', '1.1.0', '2.0.0');
    const turns = new Map([
      ['1.0.0', 5],
      ['1.1.0', 1],
    ]);
    const { events, failures, skipped } = await run(
      () => Promise.resolve(repository),
      { constraints: ['< 2.0.0', '2.0.0'] },
      async (release) => {
        for (let i = turns.get(formatVersion(release.version)) ?? 0; i > 0; i--) {
          await new Promise(setImmediate);
        }
        expect(release.tags.has('2.0.0')).toBe(true);
        return nameOf(release);
      },
    );
    expect(events).toEqual(['thing 1.0.0', 'thing 1.1.0', 'thing 2.0.0']);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: 0 });
  });

  it.each([
    [[], ['thing 2.0.0']],
    [['~> 1.0'], ['thing 1.1.0']],
    [
      ['~> 1.0', '1.0.0'],
      ['thing 1.0.0', 'thing 1.1.0'],
    ],
    [['3.0.0-beta1'], ['thing 3.0.0-beta1']],
  ])('of the newest only takes for %j %j', async (constraints, expected) => {
    const repository = await repositoryWith('1.0.0', '1.1.0', '2.0.0', '3.0.0-beta1');
    const place = () => Promise.resolve(repository);
    expect((await run(place, { constraints, newestOnly: true })).events).toEqual(expected);
  });

  it('takes a prerelease for the newest where there is nothing else', async () => {
    const repository = await repositoryWith('1.0.0-alpha', '1.0.0-beta');
    const { events } = await run(() => Promise.resolve(repository), { newestOnly: true });
    expect(events).toEqual(['thing 1.0.0-beta']);
  });

  it('goes on after what can not be visited', async () => {
    const repository = await repositoryWith('1.0.0', '1.1.0');
    const providers = [
      { provider: other, constraints: [] },
      { provider: thing, constraints: [] },
    ];
    const { events, failures } = await run(
      (provider) =>
        Promise.resolve(provider === thing ? repository : createMemoryRepository('empty')),
      { providers },
      (release) =>
        formatVersion(release.version) === '1.0.0'
          ? Promise.reject(new InvalidAnswerError('x', 'it is not JSON'))
          : Promise.resolve(nameOf(release)),
    );
    expect(events).toEqual(['failed all', 'failed 1.0.0', 'thing 1.1.0']);
    expect(failures[0]).toMatchObject({ provider: 'example.com/acme/other' });
  });

  const answer = { method: 'GET', url: 'x', status: 403, errors: [], text: '' };

  it.each([
    ['a login that is refused', new AccessDeniedError('r', answer, {}), 1],
    ['a registry that failed three times', new InvalidAnswerError('x', 'it is not JSON'), 3],
  ])('ends at %s', async (_, error, failed) => {
    const repository = await repositoryWith('1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0');
    const { failures, skipped } = await run(
      () => Promise.resolve(repository),
      { concurrency: 1 },
      () => Promise.reject(error),
    );
    expect({ failed: failures.length, skipped }).toEqual({ failed, skipped: 5 - failed });
  });

  it('throws what it was told to stop for', async () => {
    const repository = await repositoryWith('1.0.0', '1.1.0');
    const controller = new AbortController();
    const { signal } = controller;
    const visited = run(
      () => Promise.resolve(repository),
      { signal, concurrency: 1 },
      () => {
        controller.abort(new Error('enough'));
        return Promise.reject(new Error('aborted'));
      },
    );
    await expect(visited).rejects.toThrow('enough');
  });
});
