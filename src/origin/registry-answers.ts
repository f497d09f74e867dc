import * as v from 'valibot';
import { pipe } from 'valibot';
import { documentLimits } from './json-document.ts';

// Fields that are absent or null are as good as empty, as Go reads them; what no version of OpenTofu looks at
// is not named here.

/** A URL, a hash or a name: nothing longer is one. */
const shortText = pipe(v.string(), v.maxLength(8192));
const text = v.nullish(shortText, '');

/** `GET NAMESPACE/TYPE/versions` */
export const versionsAnswer = v.object({
  versions: v.nullish(
    pipe(
      v.array(
        v.object({
          version: text,
          protocols: v.nullish(pipe(v.array(shortText), v.maxLength(documentLimits.protocols)), []),
          /** Not what OpenTofu looks at: nothing in it makes the answer wrong. */
          platforms: v.optional(v.unknown()),
        }),
      ),
      v.maxLength(documentLimits.versions),
    ),
    [],
  ),
  warnings: v.nullish(pipe(v.array(v.string()), v.maxLength(documentLimits.warnings)), []),
});

/** `GET NAMESPACE/TYPE/VERSION/download/OS/ARCH` */
export const packageAnswer = v.object({
  protocols: v.nullish(pipe(v.array(shortText), v.maxLength(documentLimits.protocols)), []),
  os: text,
  arch: text,
  filename: text,
  download_url: text,
  shasum: text,
  shasums_url: text,
  shasums_signature_url: text,
  signing_keys: v.nullish(
    v.object({
      gpg_public_keys: v.nullish(
        pipe(
          // The ID is not what OpenTofu looks at: nothing in it makes the answer wrong.
          v.array(
            v.object({ ascii_armor: v.nullish(v.string(), ''), key_id: v.optional(v.unknown()) }),
          ),
          v.maxLength(documentLimits.keys),
        ),
        [],
      ),
    }),
    {},
  ),
  packages: v.nullish(
    pipe(
      v.record(
        v.string(),
        v.object({
          hashes: v.nullish(pipe(v.array(shortText), v.maxLength(documentLimits.hashes)), []),
          package_size: v.nullish(pipe(v.number(), v.safeInteger()), 0),
        }),
      ),
      v.check((packages) => Object.keys(packages).length <= documentLimits.platforms, 'too many'),
    ),
    {},
  ),
});

export type PackageAnswer = v.InferOutput<typeof packageAnswer>;

/** `GET -/TYPE/versions` of the default registry: where a provider from before namespaces went. */
export const legacyAnswer = v.object({ id: text, moved_to: text });

/** `HOST/NAMESPACE/TYPE/index.json` of a mirror. */
export const mirrorIndexAnswer = v.object({
  versions: v.nullish(
    pipe(
      v.record(v.string(), v.unknown()),
      v.check((versions) => Object.keys(versions).length <= documentLimits.versions, 'too many'),
    ),
    {},
  ),
});

/** `HOST/NAMESPACE/TYPE/VERSION.json` of a mirror. */
export const mirrorVersionAnswer = v.object({
  archives: v.nullish(
    pipe(
      v.record(
        v.string(),
        v.object({
          url: text,
          hashes: v.nullish(pipe(v.array(shortText), v.maxLength(documentLimits.hashes)), []),
        }),
      ),
      v.check((archives) => Object.keys(archives).length <= documentLimits.platforms, 'too many'),
    ),
    {},
  ),
});
