"""Turns a llama GGUF file into a model directory: config.json, model.safetensors (float32), tokenizer files."""
import json, pathlib, sys
import numpy as np
from gguf import GGUFReader, dequantize
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

source, out = sys.argv[1], pathlib.Path(sys.argv[2]); out.mkdir(parents=True, exist_ok=True)
reader = GGUFReader(source)
def field(name): return reader.fields[name].contents()
assert field("general.architecture") == "llama" and field("tokenizer.ggml.pre") == "smollm"
heads, kv = field("llama.attention.head_count"), field("llama.attention.head_count_kv")
hidden, rope = field("llama.embedding_length"), field("llama.rope.dimension_count")

def halves(weight, n):
    """GGUF stores the two halves of each head's rotation in turns; the model directory wants them one after the other."""
    return weight.reshape(n, weight.shape[0] // n // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)

names = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
parts = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
tensors = {}
for t in reader.tensors:
    w = dequantize(t.data, t.tensor_type).astype(np.float32).reshape([int(n) for n in reversed(t.shape)])
    key = t.name.removesuffix(".weight")
    if key.startswith("blk."):
        _, layer, part = key.split(".")
        if part in ("attn_q", "attn_k"): w = halves(w, heads if part == "attn_q" else kv)
        key = f"model.layers.{layer}.{parts[part]}"
    else: key = names[key]
    tensors[key + ".weight"] = np.ascontiguousarray(w)
save_file(tensors, str(out / "model.safetensors"), metadata={"format": "pt"})

tokens, kinds, merges = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type"), field("tokenizer.ggml.merges")
bos, eos = (field(f"tokenizer.ggml.{k}_token_id") for k in ("bos", "eos"))
tok = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, [tuple(m.split(" ")) for m in merges]))
tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
tok.decoder = decoders.ByteLevel()
special = [t for t, k in zip(tokens, kinds) if k == 3]  # 3 is GGUF's mark for a control token
tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
tok.save(str(out / "tokenizer.json"))
(out / "tokenizer_config.json").write_text(json.dumps({
    "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": tokens[bos], "eos_token": tokens[eos], "pad_token": tokens[eos],
    "unk_token": tokens[0], "clean_up_tokenization_spaces": False, "model_max_length": field("llama.context_length"),
    "chat_template": field("tokenizer.chat_template")}, indent=2))
(out / "config.json").write_text(json.dumps({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": len(tokens), "hidden_size": hidden,
    "intermediate_size": field("llama.feed_forward_length"), "num_hidden_layers": field("llama.block_count"), "num_attention_heads": heads,
    "num_key_value_heads": kv, "head_dim": rope, "hidden_act": "silu", "max_position_embeddings": field("llama.context_length"),
    "rms_norm_eps": round(field("llama.attention.layer_norm_rms_epsilon"), 8), "rope_theta": field("llama.rope.freq_base"),
    "tie_word_embeddings": "lm_head.weight" not in tensors, "attention_bias": False, "mlp_bias": False,
    "bos_token_id": bos, "eos_token_id": eos, "pad_token_id": eos, "dtype": "float32"}, indent=2))
(out / "generation_config.json").write_text(json.dumps({"bos_token_id": bos, "eos_token_id": eos, "pad_token_id": eos}))
print(f"{out}: {sum(w.size for w in tensors.values())} parameters, {len(tokens)} tokens, special: {special[:3]} ...")
