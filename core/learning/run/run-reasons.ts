/** Why a run, a step or a sample came to nothing, and what that means to a person who asks. */
const words = {
  weights_off: 'training of weights is switched off',
  no_engine: 'no engine and no provider is set that could train',
  too_few_samples: 'too few rated answers wait',
  too_few_positives: 'too few good answers wait',
  too_few_negatives: 'too few bad answers wait',
  too_few_people: 'too few people have rated',
  not_free: 'the answer went elsewhere before the run began',
  gone: 'the answer itself is no longer stored',
  changed: 'something was said of the answer, or the skills have changed, since the run was planned',
  person_share: 'its person has more than their part of the batch already',
  batch_full: 'the run was full, so it waits for the next one',
  no_token_ids: 'the engine did not answer it, so its exact tokens are not known',
  other_tokenizer: 'it was written with another tokenizer',
  no_ratio: 'with what probability it was drawn is not known',
  too_stale: 'it was written by a policy too long ago',
  unknown_policy: 'no policy that is known here wrote it',
  too_long: 'it is longer than the engine takes',
  empty_answer: 'the answer is empty',
  not_allowed: 'not all words in it may train',
  no_weight: 'what was said of it has no weight in this batch',
  unusable: 'its numbers are not usable',
  equal_rewards: 'all rewards are equal, so nothing tells better from worse',
  too_few_left: 'too few answers were left in the step',
  low_ess: 'the answers are too far from the policy of now to learn from',
  ess_unknown: 'how far the answers are from the policy of now could not be told',
  judge_failed: 'the judge could not be reached',
  judge_unreadable: 'what the judge said could not be read',
  judge_budget_spent: 'the judge may not be asked more today',
  ungraded: 'the judge could grade too few of its fresh answers',
  used_tools: 'tools were used for it, and nobody knows what they would say to another answer',
  teacher_failed: 'the teacher could not be reached',
  no_difference: 'the hint or the teacher finds its words neither likelier nor less likely',
  judge_uncalibrated: 'the judge does not agree with people well enough to grade',
  no_hint: 'nobody said what was wrong with it',
  no_prompt: 'its prompt can no longer be put together',
  foreign_prompt: 'a program wrote its prompt, which nobody here knows',
  no_words: 'nothing was asked in words',
  no_history: 'what was said before it is no longer known',
  refused_by_model: 'a model would not answer it',
  no_pair: 'no other answer to the same request was rated the other way',
  not_good: 'only good answers are learned by heart',
  secret: 'something in it looks like a secret or somebody’s address',
  held_back: 'it was kept to measure the training with',
  kl_stop: 'the policy has moved as far from its base model as it may',
  budget_spent: 'the budget for training is spent',
  unsupported: 'the engine cannot do this',
  nothing_better: 'no other words did better',
  searched_lately: 'the last search was not long ago',
  skills_proposed: 'better texts of skills became drafts',
  model_failed: 'a model did not answer, again and again',
  run_ended: 'the run ended without a policy that was trained on it',
  person_cancelled: 'a person cancelled it',
  person_paused: 'a person paused it',
  window_closed: 'somebody needs the bot',
  too_little_time: 'too little time is left for a step',
  engine_failed: 'the engine failed',
  engine_changed: 'the engine or its base model is another one now',
  unreadable: 'what was stored of it can no longer be read',
  other_run: 'a run of another place goes first',
  provider_failed: 'the provider’s job failed',
} as const;

export type RunReason = keyof typeof words;

export function isRunReason(reason: string): reason is RunReason {
  return Object.hasOwn(words, reason);
}

/** A reason in words that end a sentence. What is no known word stands for itself. */
export function describeRunReason(reason: string): string {
  return isRunReason(reason) ? words[reason] : reason;
}
