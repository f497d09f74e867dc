import type { DigestAlgorithm } from '../../src/spec/index.ts';
import { bytesOf } from './cases.ts';
import {
  absentDigest,
  descriptorOf,
  emptyBytes,
  emptyConfig,
  type Fields,
  image,
  index,
  referenceTo,
  types,
} from './documents.ts';
import {
  blob,
  type DataSet,
  imageOf,
  imageParts,
  plainSet,
  platform,
  pointTo,
  tagged,
} from './set-parts.ts';

const empty = blob(emptyBytes);
const [amd64, arm64] = [imageParts('amd64'), imageParts('arm64')];
const twoImages = [tagged('amd64', imageOf(amd64)), tagged('arm64', imageOf(arm64))] as const;
const twoBlobs = [...amd64.blobs, ...arm64.blobs];
const twoPlatforms = index([platform(twoImages[0], 'amd64'), platform(twoImages[1], 'arm64')]);

function uncompressed(): DataSet {
  const layer = blob(bytesOf(3000, 'not compressed'));
  const config = blob(Buffer.from('{"os":"linux"}'));
  const manifest = image({
    config: pointTo(config, types.config),
    layers: [pointTo(layer, types.layer)],
  });
  return {
    name: 'Image Uncompressed',
    blobs: [config, layer],
    manifests: [tagged('plain', manifest)],
  };
}

function artifact(name: string, fields: Fields): DataSet {
  const file = blob(bytesOf(1500, name));
  const layers = [pointTo(file, types.sbom)];
  const manifest = image({ artifactType: types.sbom, layers, ...fields });
  return { name, blobs: [empty, file], manifests: [tagged('artifact', manifest)] };
}

const about = { 'org.example.about': 'a subject' };

function withSubjects(): DataSet {
  const parts = imageParts('subject');
  const subject = tagged('subject', imageOf(parts));
  const pointer = { subject: referenceTo(subject), annotations: about };
  const withType = image({ artifactType: types.sbom, ...pointer });
  const config = pointTo(empty, types.config);
  const withConfig = image({ config, ...pointer });
  const refers = (artifactType: string) => ({
    subject: subject.digest,
    listed: { artifactType, annotations: about },
  });
  return {
    name: 'Artifacts with Subject',
    blobs: [empty, ...parts.blobs],
    manifests: [
      subject,
      tagged('sbom', withType, refers(types.sbom)),
      tagged('config', withConfig, refers(types.config)),
    ],
  };
}

function indexWithSubject(): DataSet {
  const subject = tagged('index', twoPlatforms);
  const pointer = { subject: referenceTo(subject), annotations: about };
  const typed = index([referenceTo(twoImages[0])], { artifactType: types.signature, ...pointer });
  const untyped = index([referenceTo(twoImages[1])], pointer);
  return {
    name: 'Index with Subject',
    blobs: twoBlobs,
    manifests: [
      ...twoImages,
      subject,
      tagged('typed', typed, {
        subject: subject.digest,
        listed: { artifactType: types.signature, annotations: about },
      }),
      tagged('untyped', untyped, { subject: subject.digest, listed: { annotations: about } }),
    ],
  };
}

function missingSubject(): DataSet {
  const subject = { mediaType: types.manifest, digest: absentDigest, size: 123 };
  const manifest = image({ artifactType: types.sbom, subject });
  return {
    name: 'Missing Subject',
    blobs: [empty],
    manifests: [
      tagged('lonely', manifest, { subject: absentDigest, listed: { artifactType: types.sbom } }),
    ],
  };
}

function customFields(): DataSet {
  const custom = { 'org.example.custom': { list: [1, 'two', null], deep: { deeper: true } } };
  const parts = imageParts('custom', custom);
  const [first] = parts.layers;
  const manifest = imageOf({ ...parts, layers: [{ ...first!, ...custom }] }, custom);
  const list = index([{ ...referenceTo(manifest), ...custom }], custom);
  return {
    name: 'Custom Fields',
    blobs: parts.blobs,
    manifests: [tagged('custom', manifest), tagged('custom-index', list)],
  };
}

function dataField(): DataSet {
  const config = { ...emptyConfig, data: emptyBytes.toString('base64') };
  const manifest = image({ artifactType: types.sbom, config, layers: [config] });
  const data = manifest.bytes.toString('base64');
  const list = index([{ ...referenceTo(manifest), data }]);
  return {
    name: 'Data Field',
    blobs: [empty],
    manifests: [tagged('data', manifest), tagged('data-index', list)],
  };
}

function foreignLayers(): DataSet {
  const parts = imageParts('foreign');
  const foreign = {
    ...descriptorOf(Buffer.from('never pushed'), types.foreignLayer),
    urls: ['https://layers.example.com/1'],
  };
  const manifest = imageOf({ ...parts, layers: [foreign, ...parts.layers] });
  return {
    name: 'Non-distributable Layers',
    blobs: parts.blobs,
    manifests: [tagged('foreign', manifest)],
  };
}

function largeManifest(): DataSet {
  const fill = bytesOf(1_950_000, 'large manifest').toString('hex');
  return plainSet('Image with Large Manifest', 'large', { annotations: { 'org.example.x': fill } });
}

function sha512(): DataSet {
  const parts = imageParts('sha512', {}, 'sha512');
  const manifest = imageOf(parts, {}, 'sha512');
  const list = index([platform(manifest, 'sha512')], {}, 'sha512');
  const pointer = { artifactType: types.sbom, config: { ...parts.config }, layers: parts.layers };
  const about512 = image({ ...pointer, subject: referenceTo(manifest) }, 'sha512');
  return {
    name: 'Digest Algorithm sha512',
    blobs: parts.blobs,
    manifests: [
      tagged('image', manifest),
      tagged('index', list),
      tagged('about', about512, {
        subject: manifest.digest,
        listed: { artifactType: types.sbom },
      }),
    ],
  };
}

function blobs(algorithm: DigestAlgorithm): DataSet {
  const contents = [Buffer.alloc(0), emptyBytes, Buffer.from('x'), bytesOf(70_000, algorithm)];
  return {
    name: `Blobs ${algorithm}`,
    blobs: contents.map((bytes) => blob(bytes, algorithm)),
    manifests: [],
  };
}

function tagParameter(algorithm: DigestAlgorithm): DataSet {
  const parts = imageParts(`tags-${algorithm}`, {}, algorithm);
  return {
    name: algorithm === 'sha256' ? 'Tag Param' : `Tag Param ${algorithm}`,
    blobs: parts.blobs,
    manifests: [tagged('first', imageOf(parts, {}, algorithm))],
    tagParameters: ['second', '3.4.5', 'Fourth_'],
  };
}

function sparse(): DataSet {
  const parts = imageParts('sparse');
  const absent = descriptorOf(Buffer.from('a layer nobody pushed'), types.gzip);
  const manifest = imageOf({ ...parts, layers: [...parts.layers, absent] });
  const elsewhere = { mediaType: types.manifest, digest: absentDigest, size: 500 };
  const list = index([referenceTo(manifest), elsewhere]);
  return {
    name: 'Sparse Manifests',
    blobs: parts.blobs,
    manifests: [tagged('sparse-image', manifest), tagged('sparse-index', list)],
    sparse: true,
  };
}

/**
 * What the specification's own conformance list pushes; the two sets that no registry may take are in
 * `refused-sets.ts`.
 */
export const dataSets: readonly DataSet[] = [
  plainSet('Image', 'image'),
  uncompressed(),
  { name: 'Index', blobs: twoBlobs, manifests: [...twoImages, tagged('index', twoPlatforms)] },
  {
    name: 'Nested Index',
    blobs: twoBlobs,
    manifests: [
      ...twoImages,
      tagged('index', twoPlatforms),
      tagged('nested', index([referenceTo(twoPlatforms), referenceTo(twoImages[0])])),
    ],
  },
  { name: 'Empty Index', blobs: [], manifests: [tagged('empty', index([]))] },
  artifact('Artifact', {}),
  artifact('Artifact without Layers', { layers: [] }),
  {
    ...artifact('Artifact Index', {}),
    manifests: artifact('Artifact Index', {}).manifests.flatMap((manifest) => [
      manifest,
      tagged('list', index([referenceTo(manifest)], { artifactType: types.sbom })),
    ]),
  },
  withSubjects(),
  indexWithSubject(),
  missingSubject(),
  plainSet('No Layers', 'nolayers', { layers: [] }),
  customFields(),
  dataField(),
  foreignLayers(),
  largeManifest(),
  sha512(),
  blobs('sha256'),
  blobs('sha512'),
  tagParameter('sha256'),
  tagParameter('sha512'),
  sparse(),
];
