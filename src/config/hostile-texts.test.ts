import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectLinearTime,
  expectPlacesWithin,
  fragments,
  soupOf,
} from '../../test/support/hostile-texts.ts';
import { decodeConfigFile } from './config-file.ts';
import { DockerConfigProblem, parseDockerConfig } from './docker-config.ts';

const surroundings = { env: {}, cwd: '/', home: '/', platform: 'linux' };
const inputs = [
  ...['provider_installation', 'oci_mirror', 'direct', 'dev_overrides', 'include', 'path', 'host'],
  ...['repository_template', 'oci_credentials', 'oci_default_credentials', 'services', 'url'],
  ...['credentials', 'token', 'credentials_helper', 'args', 'registry_protocols', 'retry_count'],
  ...['plugin_cache_dir', '{', '}', '=', '[', ']', '"a/b"', '"x.y"', '1', 'true', ':', ','],
];

function decode(text: string): void {
  expectPlacesWithin(text, decodeConfigFile(text, '/rc', surroundings).problems.list);
}

function readDocker(text: string): void {
  try {
    expect(Array.isArray(parseDockerConfig(text).auths)).toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(DockerConfigProblem);
  }
}

describe('a CLI configuration of any text', () => {
  it('is read or reported with places within the text', () => {
    fc.assert(fc.property(soupOf(inputs), decode), { numRuns: 1000 });
    fc.assert(
      fc.property(soupOf(inputs), (text) => decode(`{${text}`)),
      { numRuns: 300 },
    );
  });

  it.each([
    ...fragments,
    ...['host "a.b" {}\n', 'credentials "a" {}\n', 'provider_installation {}\n'],
    ...[
      'oci_credentials "a.b" {}\n',
      'oci_default_credentials {}\n',
      'credentials_helper "a" {}\n',
    ],
  ])('is read in linear time: many of %j', (fragment) => {
    expectLinearTime((text) => decodeConfigFile(text, '/rc', surroundings), fragment);
  });
});

describe('a Docker configuration of any text', () => {
  const keys = ['"auths"', '"auth"', '"YTpi"', '"credHelpers"', '"credsStore"', ':', '}', 'null'];

  it('is read or refused', () => {
    fc.assert(fc.property(soupOf(keys), readDocker), { numRuns: 1000 });
  });

  it.each(fragments)('is read in linear time: many of %j', (fragment) => {
    expectLinearTime(readDocker, fragment);
  });
});
