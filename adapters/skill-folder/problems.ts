import type { SkillDiagnostic } from '../../core/domain/skill.ts';

/** Gathers what is wrong with one file. */
export interface Problems {
  error(message: string): void;
  warning(message: string): void;
  readonly hasError: boolean;
  list(): readonly SkillDiagnostic[];
}

export function createProblems(source: string): Problems {
  const found: SkillDiagnostic[] = [];
  return {
    error: (message) => void found.push({ severity: 'error', source, message }),
    warning: (message) => void found.push({ severity: 'warning', source, message }),
    get hasError() {
      return found.some(({ severity }) => severity === 'error');
    },
    list: () => [...found],
  };
}
