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

/** What is said while a release is published. */
export function pushEvents(output: Output, progress: Progress): PushEvents {
  const names = new Map<string, { readonly label: string; readonly size: number }>();
  return {
    collected: (_version, count) => {
      output.note(`Reading ${count} ${count === 1 ? 'package' : 'packages'}...`);
    },
    inspected: (packages) => {
      for (const { record } of packages) {
        const digest = `sha256:${record.zh.slice('zh:'.length)}`;
        names.set(digest, { label: record.filename, size: record.size });
      }
    },
    progress: (content, sent) => {
      const named = names.get(content.digest);
      if (named !== undefined) progress.update(named.label, sent, named.size);
    },
    copied: (content, how) => {
      const named = names.get(content.digest);
      if (named === undefined) return;
      progress.finish(named.label);
      if (output.json) {
        output.object({ type: 'package', filename: named.label, digest: content.digest, how });
      } else if (!output.live) {
        const words = { sent: 'Sent', exists: 'Already there:', mounted: 'Mounted' } as const;
        output.note(`${words[how]} ${named.label} (${formatBytes(named.size)})`);
      }
    },
    warning: (text) => {
      if (output.json) output.object({ type: 'warning', message: text });
      output.error(`${output.colors.yellow('Warning:')} ${text}`);
    },
  };
}

/** The block of a release and the closing line. */
export function renderPush(output: Output, summary: PushSummary, startedAt = 0): void {
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
  const took = startedAt === 0 ? '' : ` in ${formatSeconds(performance.now() - startedAt)}`;
  switch (summary.action) {
    case 'planned':
      return `Would publish ${place}`;
    case 'present':
      return `Already there: ${place}`;
    case 'foreign':
      return `present (foreign): ${place} holds the same packages under manifests of another tool; --adopt rewrites them`;
    case 'published':
      return `Published ${place}${took}`;
  }
}
