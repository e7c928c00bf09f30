import type { SkillText } from '../domain/skill.ts';
import { stemEnglish } from './stem-english.ts';
import { foldWord } from './tokenise.ts';

/** The kinds of tasks that have keywords, in the order in which they are looked for. */
export const taskTypes = [
  'coding',
  'research',
  'data_analysis',
  'productivity',
  'security',
  'communication',
  'automation',
  'agentic',
] as const;
export type TaskType = (typeof taskTypes)[number];

/** Words and, between commas, phrases. */
const keywordLists: Readonly<Record<TaskType, string>> = {
  coding: `
    code, bug, debug, test, unit test, api, git, github, commit, branch, merge, pull request, diff, class, function, method,
    build, compile, compiler, refactor, stack trace, traceback, exception, error, crash, library, dependency, deploy`,
  research: `
    paper, cite, citation, source, look up, find out, literature, study, survey, evidence, reference, compare, comparison,
    option, alternative, trade off, pros and cons, fact check, background, investigate, explain, what is known`,
  data_analysis: `
    data, dataset, csv, spreadsheet, excel, table, row, column, query, sql, database, chart, graph, plot, figure, number,
    statistics, average, median, percent, correlation, dashboard, metric, pivot`,
  productivity: `
    task, plan, deadline, schedule, calendar, agenda, meeting, minutes, notes, to do, checklist, priority, prioritise,
    milestone, roadmap, estimate, reminder, project, step by step, summary, summarise`,
  security: `
    auth, authentication, authorisation, token, secret, password, credential, encrypt, encryption, audit, vulnerability,
    exploit, permission, certificate, tls, firewall, malware, phishing, threat, api key, access control`,
  communication: `
    email, mail, reply, draft, message, letter, announcement, post, newsletter, tone, polite, wording, rephrase, translate,
    translation, proofread, customer, apology, invitation, speech, status update`,
  automation: `
    script, cron, bot, automate, automation, pipeline, workflow, webhook, trigger, batch, job, scheduler, backup, shell,
    bash, powershell, macro, integration, ci, scrape, scraper`,
  agentic: `
    agent, tool use, tool call, memory, session, subtask, delegate, orchestrate, multi step, context window, prompt,
    autonomous, self check, retry, hand over, handoff`,
};

const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;

/** Its words one after the other, each in one form, a blank around each. */
function wordLine(text: string): string {
  const words = [...text.matchAll(wordPattern)].map(([word]) => {
    const folded = foldWord(word);
    return /^[a-z]+$/.test(folded) ? stemEnglish(folded) : folded;
  });
  return ` ${words.join(' ')} `;
}

const keywords = taskTypes.map((type) => ({ type, lines: keywordLists[type].split(',').map(wordLine) }));

function hitsIn(line: string, keywordLines: readonly string[]): number {
  return keywordLines.filter((keyword) => line.includes(keyword)).length;
}

/** The kinds of which a text has a keyword, in the order of `taskTypes`: as whole words in any of their English forms, never as letters inside others. */
export function taskTypesIn(text: string): readonly TaskType[] {
  const line = wordLine(text);
  return keywords.filter(({ lines }) => hitsIn(line, lines) > 0).map(({ type }) => type);
}

const known = new WeakMap<SkillText, TaskType | 'general'>();

/** The kind of which name, description and triggers have the most keywords, the earlier one of `taskTypes` where several have as many; `general` where there is none. */
export function taskTypeOf(skill: SkillText): TaskType | 'general' {
  const before = known.get(skill);
  if (before !== undefined) return before;
  const line = wordLine([skill.name, skill.description, ...skill.triggers].join('\n'));
  let best: { readonly type: TaskType | 'general'; readonly hits: number } = { type: 'general', hits: 0 };
  for (const { type, lines } of keywords) {
    const hits = hitsIn(line, lines);
    if (hits > best.hits) best = { type, hits };
  }
  known.set(skill, best.type);
  return best.type;
}
