import { highestGrade } from './grade-prompt.ts';

/** Reads a vote, 0 … 10: exactly the one JSON object that was asked for, or a fenced block that holds nothing else. */
export function readGrade(text: string): number | undefined {
  const whole = text.trim();
  const body = /^```(?:json)?[ \t]*\n([\s\S]*?)\n[ \t]*```$/.exec(whole)?.[1] ?? whole;
  const [, grade] = /^\s*\{\s*"grade"\s*:\s*(10|\d)\s*\}\s*$/.exec(body) ?? [];
  return grade === undefined ? undefined : Number(grade);
}

/** A grade, or a mean of some, as a reward −1 … 1. */
export function rewardOfGrade(grade: number): number {
  return (2 * grade) / highestGrade - 1;
}
