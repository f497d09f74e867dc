import { describe, expect, it } from 'vitest';
import {
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  zhFromHex,
} from '../domain/index.ts';
import { digestOf, mediaTypes } from '../spec/index.ts';
import { InvalidEvidenceError } from './errors.ts';
import {
  buildEvidence,
  buildOriginDocument,
  buildSigningKeysDocument,
  evidenceLimits,
  readEvidence,
} from './evidence.ts';
import { providerTypes } from './media-types.ts';
import { readOriginPackages } from './origin-document.ts';
import { formatSha256Sums, parseSha256Sums } from './sha256sums.ts';

const subject = { mediaType: mediaTypes.index, digest: digestOf(Buffer.from('index')), size: 5 };
const hex = 'ab'.repeat(32);
const origin = buildOriginDocument({
  identity: {
    provider: parseProviderAddress('example.com/acme/thing'),
    version: parseVersion('1.0.0'),
  },
  host: 'example.com',
  packages: [
    {
      platform: parsePlatform('linux_amd64'),
      filename: 'terraform-provider-thing_1.0.0_linux_amd64.zip',
      size: 7,
      zh: zhFromHex(hex),
      h1: parsePackageHash(`h1:${Buffer.from(hex, 'hex').toString('base64')}`),
    },
  ],
  protocols: ['6.0', '5.0'],
});

describe('evidence', () => {
  it('is the same for the same documents, and is found again by its titles', () => {
    const documents = {
      origin,
      sums: Buffer.from(`${hex}  a.zip\n`),
      signature: Buffer.from('sig'),
    };
    const built = buildEvidence(subject, documents);
    expect(buildEvidence(subject, documents).manifest.bytes.equals(built.manifest.bytes)).toBe(
      true,
    );
    const layers = readEvidence(subject, built.manifest.bytes);
    expect(layers.sums?.digest).toBe(digestOf(documents.sums));
    expect(layers.signature?.size).toBe(3);
    expect(layers.keys).toBeUndefined();
  });

  it('has the canonical form to the byte, and of its subject no more than is needed', () => {
    const documents = {
      sums: Buffer.from('sums'),
      signature: Buffer.from('signature'),
      keys: Buffer.from('keys'),
      origin: Buffer.from('origin'),
    };
    const { manifest } = buildEvidence(
      { ...subject, artifactType: providerTypes.provider, annotations: { a: 'b' } },
      documents,
    );
    const layer = (mediaType: string, content: Buffer, title: string): string =>
      `{"mediaType":"${mediaType}","digest":"${digestOf(content)}","size":${content.length},` +
      `"annotations":{"org.opencontainers.image.title":"${title}"}}`;
    expect(manifest.bytes.toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.manifest}","artifactType":"application/vnd.tofu-oci.provider-evidence.v1",` +
        `"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},` +
        `"layers":[${[
          layer('text/plain', documents.sums, 'SHA256SUMS'),
          layer('application/pgp-signature', documents.signature, 'SHA256SUMS.sig'),
          layer('application/json', documents.keys, 'signing-keys.json'),
          layer('application/vnd.tofu-oci.origin.v1+json', documents.origin, 'origin.json'),
        ].join(',')}],` +
        `"subject":{"mediaType":"${mediaTypes.index}","digest":"${subject.digest}","size":5}}`,
    );
  });

  it.each([
    ['sums', 1024 * 1024],
    ['signature', 64 * 1024],
    ['keys', 256 * 1024],
    ['origin', 1024 * 1024],
  ] as const)('takes %s of up to %i bytes', (part, bytes) => {
    expect(evidenceLimits[part]).toBe(bytes);
    const { manifest } = buildEvidence(subject, { origin, [part]: Buffer.alloc(bytes, 'x') });
    expect(readEvidence(subject, manifest.bytes)[part]?.size).toBe(bytes);
    const larger = buildEvidence(subject, { origin, [part]: Buffer.alloc(bytes + 1, 'x') });
    expect(() => readEvidence(subject, larger.manifest.bytes)).toThrow(/more than the limit/u);
  });

  it('holds what was pushed, and neither URLs nor times', () => {
    expect(JSON.parse(origin.toString())).toEqual({
      provider: 'example.com/acme/thing',
      version: '1.0.0',
      origin: 'example.com',
      protocols: ['5.0', '6.0'],
      packages: {
        linux_amd64: {
          filename: 'terraform-provider-thing_1.0.0_linux_amd64.zip',
          size: 7,
          zh: hex,
          h1: Buffer.from(hex, 'hex').toString('base64'),
        },
      },
    });
    expect(readOriginPackages(origin).get('linux_amd64')).toBe(`zh:${hex}`);
  });

  it('carries keys in the form of the registry protocol', () => {
    const keys = buildSigningKeysDocument([{ keyId: 'A1', asciiArmor: 'armor' }]);
    expect(keys.toString()).toBe('{"gpg_public_keys":[{"key_id":"A1","ascii_armor":"armor"}]}');
  });

  it('is refused when it is about another index', () => {
    const { manifest } = buildEvidence(
      { ...subject, digest: digestOf(Buffer.from('other')) },
      { origin },
    );
    expect(() => readEvidence(subject, manifest.bytes)).toThrow(/not about sha256:/u);
  });

  it('is refused when a document is larger than its bound, or there twice', () => {
    const { manifest } = buildEvidence(subject, { origin });
    const text = manifest.bytes.toString();
    const large = text.replace(`"size":${origin.length}`, `"size":${evidenceLimits.origin + 1}`);
    expect(() => readEvidence(subject, Buffer.from(large))).toThrow(/more than the limit/u);
    const parsed = JSON.parse(text) as { layers: unknown[] };
    const doubled = JSON.stringify({ ...parsed, layers: [...parsed.layers, ...parsed.layers] });
    expect(() => readEvidence(subject, Buffer.from(doubled))).toThrow(/more than once/u);
  });

  it('is refused when it is of another type', () => {
    const { manifest } = buildEvidence(subject, { origin });
    const other = manifest.bytes.toString().replace('provider-evidence.v1', 'provider-evidence.v9');
    expect(() => readEvidence(subject, Buffer.from(other))).toThrow(InvalidEvidenceError);
  });

  it.each([['no JSON'], ['{}'], ['{"packages":{"a_b":{}}}']])(
    'origin.json %s is refused',
    (text) => {
      expect(() => readOriginPackages(Buffer.from(text))).toThrow(InvalidEvidenceError);
    },
  );
});

describe('SHA256SUMS', () => {
  it.each([
    [`${hex}  a.zip\n`, ['a.zip']],
    [`${hex} *a.zip\n`, ['a.zip']],
    [`${hex}  a.zip\r\n\n${hex}  b.zip`, ['a.zip', 'b.zip']],
    ['', []],
  ])('%j is accepted', (text, names) => {
    expect([...parseSha256Sums(text).keys()]).toEqual(names);
  });

  it.each([
    [`${hex.toUpperCase()}  a.zip\n`, /line 1 is not/u],
    [`${hex} a.zip\n`, /line 1 is not/u],
    [`${hex}  dir/a.zip\n`, /line 1 is not/u],
    [`\n${hex.slice(1)}  a.zip\n`, /line 2 is not/u],
    [`${hex}  a.zip\n${hex}  a.zip\n`, /line 2 names a\.zip a second time/u],
    [`${hex}  a b.zip\n`, /line 1 is not/u],
    [`${hex}  \n`, /line 1 is not/u],
  ])('%j is refused', (text, message) => {
    expect(() => parseSha256Sums(text)).toThrow(InvalidEvidenceError);
    expect(() => parseSha256Sums(text)).toThrow(message);
  });

  it('is written sorted, as sha256sum prints it', () => {
    const sums = new Map([
      ['b.zip', zhFromHex(hex)],
      ['a.zip', zhFromHex(hex)],
    ]);
    expect(formatSha256Sums(sums)).toBe(`${hex}  a.zip\n${hex}  b.zip\n`);
  });
});
