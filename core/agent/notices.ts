import type { AppError } from '../domain/app-error.ts';

/** What people are told when something went wrong: what happened, and what they can do. Markdown. */
export function modelFailureNotice(error: AppError): string {
  if (error.details['reason'] === 'resting') {
    return 'I could not answer: my model failed a moment ago and is left alone for a short while. Try again in half a minute.';
  }
  if (error.details['reason'] === 'context_too_long') return tooLongNotice(error);
  switch (error.code) {
    case 'auth_failed':
      return 'I could not answer: my model refused its key. The operator has to set a valid one.';
    case 'rate_limited':
      return 'I could not answer: my model is over its limit right now. Try again in a moment.';
    case 'timeout':
      return 'I could not answer: my model took too long.';
    case 'network':
      return 'I could not answer: my model cannot be reached.';
    case 'bad_reply':
      return 'I could not answer: my model sent nothing usable.';
    default:
      return 'I could not answer: my model failed.';
  }
}

/** Where the error says how much the model reads in all, earlier turns were left out already: a new session would not help. */
function tooLongNotice({ details }: AppError): string {
  const tooLong = 'I could not answer: this is more than my model can read at once.';
  return details['maxContextTokens'] === undefined
    ? `${tooLong} Begin a new session with the command \`new\`, or send less at once. If it happens again, the operator has to lower \`agent.historyBudgetTokens\`.`
    : `${tooLong} Send less at once. If it happens again, the operator has to raise \`engine.maxContextTokens\`, or lower \`skills.budgetTokens\`.`;
}

export function cutShortNotice(error: AppError): string {
  return `⚠️ The answer stops here. ${modelFailureNotice(error).replace('I could not answer: ', 'Reason: ')}`;
}

export const stoppedNotice = '_Stopped._';
export const interruptedNotice = '⚠️ I was restarted before I could finish this answer.';
export const deliveryUnknownNotice =
  '⚠️ I cannot tell whether my answer arrived in full, and I do not want to post it twice. Press Retry to have the rest sent.';
export const gaveUpNotice =
  '⚠️ I tried to answer this several times and was cut off each time, so I have stopped trying. Please ask again in other words.';
export const lengthNotice =
  '_The model’s own limit for one answer is reached here. Say “go on” for the rest._';
export const laneFullNotice =
  'Too much is waiting in this conversation already, so I did not take that message. Send it again when I have caught up.';
export const attachmentsOnlyNotice = 'I can read text only so far. Please write what you need.';
export const storageNotice =
  '⚠️ I cannot store anything right now (the disk may be full). I have kept your message and will try again by myself.';

export function onlyAskerMayRetry(askerName: string): string {
  return `Only ${askerName.replaceAll(/[\s\\`*_[\]<>]+/g, ' ').trim() || 'the person who asked'} can retry this answer.`;
}
