#!/usr/bin/env node
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === 'version')) {
  // Asked by scripts, often: answered before anything else is loaded.
  process.stdout.write(`tofu-oci ${version}\n`);
} else {
  const { runProcess } = await import('./main.ts');
  await runProcess(argv);
}
