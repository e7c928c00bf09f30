"""Writes a small random llama model with its tokenizer: a model that knows nothing, for a smoke test."""
import json, pathlib, sys
import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)
VOCAB, HIDDEN, INTER, LAYERS, HEADS, KV, DIM = 512, 64, 128, 2, 4, 2, 16

# The tokenizer: byte-level BPE with the ChatML tokens first (ids 0, 1, 2).
special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
tok = Tokenizer(models.BPE())
tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tok.decoder = decoders.ByteLevel()
words = """system user assistant you are a helpful hello what is the time yes no please thank good bad red green blue
one two three four five six seven eight nine ten morning evening because through between answer question remember
people water little number another every should would could about which there their other first write where after
sentence different together children important example something friend mother father country school often until
always second story young family letter music paper almost above river music nothing better against during today""".split()
tok.train_from_iterator([" ".join(words)] * 50, trainers.BpeTrainer(
    vocab_size=VOCAB, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
tok.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in special])
tok.save(str(out / "tokenizer.json"))
template = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
            "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
(out / "tokenizer_config.json").write_text(json.dumps({
    "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|im_start|>", "eos_token": "<|im_end|>",
    "pad_token": "<|im_end|>", "unk_token": "<|endoftext|>", "clean_up_tokenization_spaces": False,
    "model_max_length": 2048, "chat_template": template}, indent=2))

(out / "config.json").write_text(json.dumps({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCAB, "hidden_size": HIDDEN,
    "intermediate_size": INTER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV,
    "head_dim": DIM, "hidden_act": "silu", "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    "tie_word_embeddings": False, "attention_bias": False, "mlp_bias": False, "initializer_range": 0.02,
    "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2, "dtype": "float32"}, indent=2))
(out / "generation_config.json").write_text(json.dumps({"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}))

rng = np.random.default_rng(0)
def w(*shape): return (rng.standard_normal(shape) * 0.05).astype(np.float32)
t = {"model.embed_tokens.weight": w(VOCAB, HIDDEN), "model.norm.weight": np.ones(HIDDEN, np.float32), "lm_head.weight": 3 * w(VOCAB, HIDDEN)}
for i in range(LAYERS):
    p = f"model.layers.{i}."
    t |= {p + "input_layernorm.weight": np.ones(HIDDEN, np.float32), p + "post_attention_layernorm.weight": np.ones(HIDDEN, np.float32),
          p + "self_attn.q_proj.weight": w(HEADS * DIM, HIDDEN), p + "self_attn.k_proj.weight": w(KV * DIM, HIDDEN),
          p + "self_attn.v_proj.weight": w(KV * DIM, HIDDEN), p + "self_attn.o_proj.weight": w(HIDDEN, HEADS * DIM),
          p + "mlp.gate_proj.weight": w(INTER, HIDDEN), p + "mlp.up_proj.weight": w(INTER, HIDDEN), p + "mlp.down_proj.weight": w(HIDDEN, INTER)}
save_file(t, str(out / "model.safetensors"), metadata={"format": "pt"})
assert tok.get_vocab_size() == VOCAB
print(f"{out}: {sum(a.size for a in t.values())} parameters, {tok.get_vocab_size()} tokens in the tokenizer")
