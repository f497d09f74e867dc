/** What OpenTofu calls a provider release and its packages in a registry. */
export const providerTypes = {
  /** artifactType of the index of one version. */
  provider: 'application/vnd.opentofu.provider',
  /** artifactType of the manifest of one platform. */
  target: 'application/vnd.opentofu.provider-target',
  /** artifactType of a module package, named in messages only. */
  modulePackage: 'application/vnd.opentofu.modulepkg',
  /** mediaType of the layer that is the release's own zip. */
  packageLayer: 'archive/zip',
} as const;

/** What tofu-oci adds: referrers of the index, invisible to OpenTofu. */
export const evidenceTypes = {
  manifest: 'application/vnd.tofu-oci.provider-evidence.v1',
  sums: 'text/plain',
  signature: 'application/pgp-signature',
  keys: 'application/json',
  origin: 'application/vnd.tofu-oci.origin.v1+json',
} as const;

/** Titles of the layers of an evidence manifest. */
export const evidenceTitles = {
  sums: 'SHA256SUMS',
  signature: 'SHA256SUMS.sig',
  keys: 'signing-keys.json',
  origin: 'origin.json',
} as const;

export const annotationKeys = {
  provider: 'dev.tofu-oci.provider',
  version: 'dev.tofu-oci.version',
  imageVersion: 'org.opencontainers.image.version',
  title: 'org.opencontainers.image.title',
  zh: 'dev.tofu-oci.package.zh',
  h1: 'dev.tofu-oci.package.h1',
  size: 'dev.tofu-oci.package.size',
  filename: 'dev.tofu-oci.package.filename',
} as const;
