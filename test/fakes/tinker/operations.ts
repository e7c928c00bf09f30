/** What a future stands for. */
export type Operation =
  | 'create_model'
  | 'forward'
  | 'forward_backward'
  | 'optim_step'
  | 'save_weights'
  | 'save_weights_for_sampler'
  | 'load_weights'
  | 'unload_model'
  | 'sample';
