import { formatPlatform } from '../../domain/index.ts';
import type { PushEvents, PushSummary } from '../../publish/index.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { formatBytes, formatSeconds } from './sizes.ts';

const outcomeWords = {
  new: 'pushed',
  present: 'present',
  kept: 'kept',
  replaced: 'replaced',
} as const;

/** A package on its way. */
interface Moving {
  readonly filename: string;
  readonly platform: string;
  readonly size: number;
}

/** What is said while a release is published. */
export function pushEvents(output: Output, progress: Progress): PushEvents {
  const names = new Map<string, Moving>();
  return {
    collected: (_version, count) => {
      output.note(`Reading ${count} ${count === 1 ? 'package' : 'packages'}...`);
    },
    inspected: (packages) => {
      for (const { record } of packages) {
        const digest = `sha256:${record.zh.slice('zh:'.length)}`;
        const { filename, platform, size } = record;
        names.set(digest, { filename, platform: formatPlatform(platform), size });
      }
    },
    progress: (content, sent) => {
      const named = names.get(content.digest);
      if (named !== undefined) progress.update(named.platform, sent, named.size);
    },
    copied: (content, how) => {
      const named = names.get(content.digest);
      if (named === undefined) return;
      progress.finish(named.platform);
      if (output.json) {
        output.object({ type: 'package', filename: named.filename, digest: content.digest, how });
      } else if (!output.live) {
        const words = { sent: 'Sent', exists: 'Already there:', mounted: 'Mounted' } as const;
        output.note(`${words[how]} ${named.filename} (${formatBytes(named.size)})`);
      }
    },
    warning: (text) => {
      if (output.json) output.object({ type: 'warning', message: text });
      output.error(`${output.colors.yellow('Warning:')} ${text}`);
    },
  };
}

/** The block of a release and the closing line, with the time since `startedAt` (of `performance.now`). */
export function renderPush(output: Output, summary: PushSummary, startedAt: number): void {
  if (output.json) {
    output.object({ type: 'summary', command: 'push', ...summary });
    return;
  }
  output.line(`${summary.provider} ${summary.version}`);
  const width = Math.max(...summary.packages.map(({ platform }) => platform.length));
  const planned = summary.action === 'planned';
  for (const one of summary.packages) {
    const size = one.size === undefined ? '' : formatBytes(one.size);
    const word = planned && one.outcome === 'new' ? 'to push' : outcomeWords[one.outcome];
    output.line(`  ${one.platform.padEnd(width)}  ${size.padStart(7)}  ${word}`);
  }
  output.line(closing(summary, startedAt));
}

function closing(summary: PushSummary, startedAt: number): string {
  const place = `${summary.repository}:${summary.tag}@${summary.digest}`;
  switch (summary.action) {
    case 'planned':
      return `Would publish ${place}`;
    case 'present':
      return `Already there: ${place}`;
    case 'foreign':
      return `present (foreign): ${place} holds the same packages under manifests of another tool; --adopt rewrites them`;
    case 'published':
      return `Published ${place} in ${formatSeconds(performance.now() - startedAt)}`;
  }
}
