import fc from 'fast-check';

/**
 * Property tests try the same cases on every run, so that a run says something about the change and not about luck.
 * `PROPERTY_SEED=<number> npm test` tries others.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 2_026) });
