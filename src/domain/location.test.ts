import { describe, expect, it } from 'vitest';
import { InvalidLocationError, InvalidTemplateError } from './errors.ts';
import { type Location, type LocationOptions, parseLocation, repositoryKinds } from './location.ts';

/** A location as a flat list of texts. */
function outline(location: Location): readonly string[] {
  switch (location.kind) {
    case 'registry':
      return [location.kind, location.template.text];
    case 'oci-layout':
      return [location.kind, location.directory, location.template.text];
    case 'oci-archive':
      return [location.kind, location.file];
    case 'direct':
      return [location.kind];
    case 'network':
      return [location.kind, location.url];
    case 'fs':
      return [location.kind, location.directory];
  }
}

const all = '{hostname}/{namespace}/{type}';

describe('parseLocation accepts', () => {
  it.each([
    [`r.example/tf/${all}`, ['registry', `r.example/tf/${all}`]],
    [`oci://r.example/tf/${all}`, ['registry', `r.example/tf/${all}`]],
    [`localhost:5000/${all}`, ['registry', `localhost:5000/${all}`]],
    ['r.example/${namespace}/${type}', ['registry', 'r.example/${namespace}/${type}']],
    ['r.example/acme/aws', ['registry', 'r.example/acme/aws']],
    [all, ['registry', all]],
    [`oci-layout:mirror/${all}`, ['oci-layout', 'mirror', all]],
    ['oci-layout:mirror', ['oci-layout', 'mirror', all]],
    [
      'oci-layout:/srv/mirror/tf-{namespace}/{type}',
      ['oci-layout', '/srv/mirror', 'tf-{namespace}/{type}'],
    ],
    ['oci-layout:/{namespace}/{type}', ['oci-layout', '/', '{namespace}/{type}']],
    ['oci-layout:./m/${namespace}/${type}', ['oci-layout', './m', '${namespace}/${type}']],
    ['./mirror', ['oci-layout', './mirror', all]],
    ['./mirror/', ['oci-layout', './mirror/', all]],
    ['.', ['oci-layout', '.', all]],
    ['..', ['oci-layout', '..', all]],
    ['../m', ['oci-layout', '../m', all]],
    ['/srv/m', ['oci-layout', '/srv/m', all]],
    ['./mirror/{namespace}/{type}', ['oci-layout', './mirror', '{namespace}/{type}']],
    ['C:\\mirror', ['oci-layout', 'C:\\mirror', all]],
    ['C:\\mirror\\{namespace}/{type}', ['oci-layout', 'C:\\mirror', '{namespace}/{type}']],
    ['oci-archive:bundle.tar', ['oci-archive', 'bundle.tar']],
    ['oci-archive:/tmp/a:b.tar', ['oci-archive', '/tmp/a:b.tar']],
    ['direct', ['direct']],
    ['network:https://m.example/providers/', ['network', 'https://m.example/providers/']],
    ['fs:./providers', ['fs', './providers']],
    ['fs:/srv/providers', ['fs', '/srv/providers']],
  ])('%s', (text, expected) => {
    expect(outline(parseLocation(text))).toEqual(expected);
  });
});

describe('parseLocation rejects', () => {
  it.each([
    ['docker://r.example/x', 'there is no form "docker:"'],
    ['https://r.example/x', 'there is no form "https:"'],
    ['oci:dir', 'there is no form "oci:"'],
    ['dir:x', 'there is no form "dir:"'],
    ['mirror', 'it has no path after the registry'],
    ['r.example:5000', 'it has no path after the registry'],
    ['', 'it has no path after the registry'],
    ['oci-layout:', 'a folder must follow the colon'],
    ['oci-archive:', 'the name of a file must follow the colon'],
    ['fs:', 'a folder must follow the colon'],
    ['oci-layout:{namespace}/{type}', 'it names no folder before the template'],
    ['oci-layout:/srv//', 'the path has an empty segment'],
    ['network:', 'what follows "network:" is no URL'],
    ['network:http://m.example/', 'a network mirror needs an https URL'],
    ['network:https://u:p@m.example/', 'credentials do not belong in the URL'],
  ])('%s', (text, why) => {
    let caught;
    try {
      parseLocation(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InvalidLocationError);
    expect(caught).toMatchObject({ code: 'ERR_DOMAIN_INVALID_LOCATION', text });
    expect(String(caught)).toContain(why);
  });

  it.each([
    'https://user:s3cret@r.example/x',
    'oci://user:s3cret@r.example/x/{type}',
    'user:s3cret@r.example/x/{type}',
    'network:https://user:s3cret@r.example/',
  ])('a password in %s, and does not repeat it', (text) => {
    expect(() => parseLocation(text)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^invalid location "[^"]*REDACTED@(?!.*s3cret)/u) as unknown,
      }),
    );
  });

  it('an unknown form, and lists those that there are', () => {
    expect(() => parseLocation('docker://x/y')).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(
          /REGISTRY.*oci-layout:.*oci-archive:.*direct.*network:.*fs:/u,
        ) as unknown,
      }),
    );
  });

  it.each(['https://r.example/x', 'http://r.example/x', 'docker://r.example/x'])(
    'a URL, and says what to leave out: %s',
    (text) => {
      const scheme = text.slice(0, text.indexOf('//') + 2);
      expect(() => parseLocation(text)).toThrow(
        expect.objectContaining({
          hint: expect.stringContaining(`Leave out "${scheme}".`) as unknown,
        }),
      );
    },
  );

  it('a URL of what may be a network mirror, and says how that is written', () => {
    const hintOf = (kinds?: LocationOptions): unknown => {
      try {
        return parseLocation('https://mirror.example/providers/', kinds);
      } catch (error) {
        return error instanceof InvalidLocationError ? error.hint : error;
      }
    };
    expect(hintOf()).toContain('put "network:" before it');
    expect(hintOf({ kinds: repositoryKinds })).not.toContain('network');
  });

  it.each(['r.example/tf///', 'oci-layout:./m/{name}', 'r.example/{name}/{type}'])(
    'the template of %s',
    (text) => {
      expect(() => parseLocation(text)).toThrow(InvalidTemplateError);
    },
  );
});
