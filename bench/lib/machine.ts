import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Where the numbers come from. */
export function describeMachine(): { commit: string; node: string; cpu: string } {
  const processors = cpus();
  return {
    commit: currentCommit(),
    node: process.versions.node,
    cpu: `${processors[0]?.model.trim() ?? 'unknown'} x ${processors.length}`,
  };
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

function currentCommit(): string {
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    const changes = git('status', '--porcelain', '--untracked-files=no');
    return changes === '' ? commit : `${commit} with changes`;
  } catch {
    return 'unknown';
  }
}
