import { printable, TofuOciError } from '../base/index.ts';
import type { Descriptor } from '../spec/index.ts';

/** What stands under a version's tag is not what OpenTofu's layout asks for. */
export class InvalidArtifactError extends TofuOciError {
  readonly code = 'ERR_ARTIFACT_INVALID';
  readonly category = 'integrity';
}

/**
 * The index has no artifactType. Some copy tools (skopeo 1.9 with --all) drop it from an index and its
 * entries while the children keep theirs; whoever can read a child tells the two cases apart.
 */
export class ArtifactTypeMissingError extends TofuOciError {
  readonly code = 'ERR_ARTIFACT_TYPE_MISSING';
  readonly category = 'integrity';
  readonly children: readonly Descriptor[];
  constructor(children: readonly Descriptor[], lostInCopy = false) {
    super(
      lostInCopy
        ? 'the index has no artifactType although its manifests are provider packages: it was lost when the artifact was copied'
        : 'unexpected artifact type ""',
      {
        hint: lostInCopy
          ? 'skopeo 1.9 "copy --all" drops it. Copy again with "oras cp -r" or a newer skopeo with --preserve-digests, or repair it with "tofu-oci push --adopt" and the same packages.'
          : undefined,
      },
    );
    this.children = children;
  }
}

/** The index offers no package for the platform: the one failure that lets another source be asked. */
export class PlatformNotInIndexError extends TofuOciError {
  readonly code = 'ERR_ARTIFACT_PLATFORM_MISSING';
  readonly category = 'not-found';
  readonly platform: string;
  readonly available: readonly string[];
  constructor(platform: string, available: readonly string[]) {
    super(`the release has no package for ${platform}`, {
      hint: available.length === 0 ? undefined : `It has ${available.join(', ')}.`,
    });
    this.platform = platform;
    this.available = available;
  }
}

/** The index says that it belongs to another provider or version than the one that was asked for. */
export class ForeignArtifactError extends TofuOciError {
  readonly code = 'ERR_ARTIFACT_FOREIGN';
  readonly category = 'integrity';
  readonly expected: string;
  readonly actual: string;
  constructor(what: 'provider' | 'version', expected: string, actual: string) {
    super(`the index names ${what} "${printable(actual, 300)}", expected "${expected}"`, {
      hint: 'Two addresses share one repository: use a location with {hostname}, {namespace} and {type}, each between slashes.',
    });
    this.expected = expected;
    this.actual = actual;
  }
}

/** A SHA256SUMS document, or another part of the evidence, is malformed or contradicts itself. */
export class InvalidEvidenceError extends TofuOciError {
  readonly code = 'ERR_ARTIFACT_INVALID_EVIDENCE';
  readonly category = 'integrity';
}
