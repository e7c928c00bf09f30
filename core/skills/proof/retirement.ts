import type { SkillState } from '../../domain/skill.ts';

/** What retirement goes by, of one skill of a scope. */
export interface RetirableSkill {
  readonly key: string;
  readonly state: SkillState;
  readonly isProven: boolean;
  readonly isPinned: boolean;
  /** What files say is for whoever keeps the files. */
  readonly isFromFiles: boolean;
  /** Epoch milliseconds; absent where it never was. */
  readonly lastShownAt?: number;
  /** When its present trial began, epoch milliseconds. */
  readonly startedAt: number;
  /** Estimated; absent where nothing can be said, which counts as 0. */
  readonly lift?: number;
  /** Sessions that were shown it. */
  readonly uses: number;
}

export interface Retirement {
  readonly key: string;
  /** `disuse`: not shown for so long. `cap`: the scope holds more than it may, and it is of least use. */
  readonly reason: 'disuse' | 'cap';
}

const DAY_MS = 86_400_000;
export const defaultDisuseMs = 90 * DAY_MS;
const newcomerMs = 14 * DAY_MS;
export const defaultActiveCap = 40;

/**
 * Which skills of one scope to retire now (epoch ms). What is pinned or comes from files never is. Files' skills do not
 * count towards the cap, pinned ones do. What came within the last 14 days is not retired for the cap, even if the scope
 * holds more than it may for so long. Proven ones go last, else those go first whose lift times uses is least. The order
 * of the input does not matter.
 */
export function retirements(
  skills: readonly RetirableSkill[],
  now: number,
  cap: number = defaultActiveCap,
  disuseMs: number = defaultDisuseMs,
): readonly Retirement[] {
  const counted = skills.filter(
    ({ state, isFromFiles }) => (state === 'canary' || state === 'active') && !isFromFiles,
  );
  const free = counted.filter(({ isPinned }) => !isPinned);
  const unused = free.filter((skill) => isUnused(skill, now, disuseMs)).toSorted(byUse);
  const surplus = Math.max(0, counted.length - unused.length - cap);
  const pressed = free
    .filter((skill) => !isUnused(skill, now, disuseMs) && now - skill.startedAt >= newcomerMs)
    .toSorted(byUse)
    .slice(0, surplus);
  return [
    ...unused.map(({ key }): Retirement => ({ key, reason: 'disuse' })),
    ...pressed.map(({ key }): Retirement => ({ key, reason: 'cap' })),
  ];
}

function isUnused({ lastShownAt, startedAt }: RetirableSkill, now: number, disuseMs: number): boolean {
  return now - startedAt > disuseMs && (lastShownAt === undefined || now - lastShownAt > disuseMs);
}

const worth = ({ lift = 0, uses }: RetirableSkill): number => lift * uses;

/** The least useful first; among equals the one not shown for longest. */
function byUse(a: RetirableSkill, b: RetirableSkill): number {
  if (a.isProven !== b.isProven) return a.isProven ? 1 : -1;
  const shownAt = (skill: RetirableSkill): number => skill.lastShownAt ?? Number.NEGATIVE_INFINITY;
  if (worth(a) !== worth(b)) return worth(a) - worth(b);
  if (shownAt(a) !== shownAt(b)) return shownAt(a) < shownAt(b) ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}
