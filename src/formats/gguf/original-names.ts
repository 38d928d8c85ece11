// Written by scripts/gguf/originals.py from the names of gguf (MIT) and transformers (Apache 2.0).

/**
 * All architectures, and what tensors of a GGUF file are in models of transformers, below the architectures that have them; `!`
 * means all others. `#` is the number of the block, `@` is `blk.#.`, `&` is `model.layers.#.`, `*` the number of an expert or a head
 * of which all are stacked, and a `/` stands before a tensor that is kept in several. Both may end with a dot, which `weight` or
 * `bias` follows.
 */
export const originalNames = `
llama qwen2 qwen2moe qwen3 qwen3moe gemma gemma2 gemma3 phi2 phi3 phimoe gpt2 gptneox gptj starcoder starcoder2 bloom falcon mpt stablelm olmo olmo2 olmoe command-r cohere2 mamba mamba2 jamba bert modern-bert t5 granite granitemoe nemotron exaone4 smollm3 glm4 deepseek2 gpt-oss llama4 lfm2 ernie4_5 seed_oss arcee apertus glm4moe dots1 hunyuan-dense bitnet qwen3next minicpm3 eurobert
[! gpt2 gptneox gptj starcoder bloom falcon mpt mamba mamba2 bert modern-bert t5]
token_embd. model.embed_tokens.
[! phi3 gpt2 gptneox gptj starcoder bloom falcon mpt mamba mamba2 bert modern-bert t5 deepseek2 minicpm3]
@attn_q. &self_attn.q_proj.
@attn_k. &self_attn.k_proj.
@attn_v. &self_attn.v_proj.
[! phi2 gpt2 gptneox gptj starcoder bloom falcon mpt mamba mamba2 bert modern-bert t5 lfm2]
@attn_output. &self_attn.o_proj.
[llama qwen2 qwen3 gemma gemma2 gemma3 stablelm olmo olmo2 command-r cohere2 granite exaone4 smollm3 deepseek2 ernie4_5 seed_oss glm4moe dots1 hunyuan-dense bitnet minicpm3 eurobert]
@ffn_gate. &mlp.gate_proj.
[llama qwen2 qwen3 gemma gemma2 gemma3 stablelm olmo olmo2 command-r cohere2 granite nemotron exaone4 smollm3 deepseek2 ernie4_5 seed_oss arcee apertus glm4moe dots1 hunyuan-dense bitnet minicpm3 eurobert]
@ffn_up. &mlp.up_proj.
[! qwen2moe qwen3moe phi2 phimoe gpt2 gptneox gptj starcoder starcoder2 bloom falcon mpt olmoe mamba mamba2 jamba bert modern-bert t5 granitemoe gpt-oss llama4 lfm2 qwen3next]
@ffn_down. &mlp.down_proj.
[! gpt2 gptneox gptj starcoder bloom falcon mpt olmo olmo2 mamba mamba2 bert modern-bert t5 exaone4 lfm2 apertus]
@attn_norm. &input_layernorm.
[llama qwen2 qwen2moe qwen3 qwen3moe gemma phi3 phimoe starcoder2 stablelm olmoe granite granitemoe nemotron smollm3 glm4 deepseek2 llama4 ernie4_5 arcee dots1 hunyuan-dense bitnet minicpm3 eurobert]
@ffn_norm. &post_attention_layernorm.
[! phi2 gpt2 gptneox gptj starcoder bloom falcon mpt olmo mamba mamba2 jamba bert modern-bert t5 lfm2]
output_norm. model.norm.
[! gemma gemma2 gemma3 gpt2 starcoder starcoder2 bloom falcon mpt command-r cohere2 mamba bert modern-bert t5 smollm3 lfm2 ernie4_5 bitnet minicpm3 eurobert]
output. lm_head.
[llama]
@ffn_gate_inp. &block_sparse_moe.gate.
[llama phimoe]
@ffn_gate_exps. &block_sparse_moe.experts.*.w1.
@ffn_up_exps. &block_sparse_moe.experts.*.w3.
@ffn_down_exps. &block_sparse_moe.experts.*.w2.
[qwen2moe qwen3moe olmoe deepseek2 glm4moe dots1 qwen3next]
@ffn_gate_inp. &mlp.gate.
@ffn_gate_exps. &mlp.experts.*.gate_proj.
@ffn_up_exps. &mlp.experts.*.up_proj.
@ffn_down_exps. &mlp.experts.*.down_proj.
[qwen2moe qwen3next]
@ffn_gate_shexp. &mlp.shared_expert.gate_proj.
@ffn_up_shexp. &mlp.shared_expert.up_proj.
@ffn_down_shexp. &mlp.shared_expert.down_proj.
@ffn_gate_inp_shexp. &mlp.shared_expert_gate.
[qwen3 qwen3moe gemma3 olmo2 olmoe exaone4 apertus dots1 qwen3next]
@attn_q_norm. &self_attn.q_norm.
@attn_k_norm. &self_attn.k_norm.
[gemma2 gemma3 olmo2 exaone4 gpt-oss seed_oss glm4moe qwen3next]
@post_attention_norm. &post_attention_layernorm.
[gemma2 gemma3]
@ffn_norm. &pre_feedforward_layernorm.
[gemma2 gemma3 olmo2 exaone4]
@post_ffw_norm. &post_feedforward_layernorm.
[phi2]
@attn_output. &self_attn.dense.
@ffn_up. &mlp.fc1.
@ffn_down. &mlp.fc2.
[phi2 jamba]
output_norm. model.final_layernorm.
[phi3]
@attn_qkv. &self_attn.qkv_proj.
[phi3 glm4]
@ffn_up. &mlp.gate_up_proj.
[gpt2 gptj starcoder mpt]
token_embd. transformer.wte.
[gpt2 starcoder]
position_embd. transformer.wpe.
@attn_qkv. transformer.h.#.attn.c_attn.
@attn_output. transformer.h.#.attn.c_proj.
@ffn_norm. transformer.h.#.ln_2.
@ffn_up. transformer.h.#.mlp.c_fc.
@ffn_down. transformer.h.#.mlp.c_proj.
[gpt2 gptj starcoder]
@attn_norm. transformer.h.#.ln_1.
[gpt2 gptj starcoder bloom falcon]
output_norm. transformer.ln_f.
[gptneox]
token_embd. gpt_neox.embed_in.
@attn_norm. gpt_neox.layers.#.input_layernorm.
@ffn_norm. gpt_neox.layers.#.post_attention_layernorm.
@attn_qkv. gpt_neox.layers.#.attention.query_key_value.
@attn_output. gpt_neox.layers.#.attention.dense.
@ffn_up. gpt_neox.layers.#.mlp.dense_h_to_4h.
@ffn_down. gpt_neox.layers.#.mlp.dense_4h_to_h.
output_norm. gpt_neox.final_layer_norm.
[gptj]
@attn_k. transformer.h.#.attn.k_proj.
@attn_v. transformer.h.#.attn.v_proj.
@attn_q. transformer.h.#.attn.q_proj.
@attn_output. transformer.h.#.attn.out_proj.
@ffn_up. transformer.h.#.mlp.fc_in.
@ffn_down. transformer.h.#.mlp.fc_out.
[starcoder2]
@ffn_up. &mlp.c_fc.
@ffn_down. &mlp.c_proj.
[bloom falcon]
token_embd. transformer.word_embeddings.
@attn_norm. transformer.h.#.input_layernorm.
@attn_qkv. transformer.h.#.self_attention.query_key_value.
@attn_output. transformer.h.#.self_attention.dense.
@ffn_up. transformer.h.#.mlp.dense_h_to_4h.
@ffn_down. transformer.h.#.mlp.dense_4h_to_h.
[bloom]
token_embd_norm. transformer.word_embeddings_layernorm.
@ffn_norm. transformer.h.#.post_attention_layernorm.
[falcon]
@attn_norm_2. transformer.h.#.ln_attn.
@attn_norm. transformer.h.#.ln_mlp.
[mpt]
@attn_norm. transformer.blocks.#.norm_1.
@attn_qkv. transformer.blocks.#.attn.Wqkv.
@attn_output. transformer.blocks.#.attn.out_proj.
@ffn_norm. transformer.blocks.#.norm_2.
@ffn_up. transformer.blocks.#.ffn.up_proj.
@ffn_down. transformer.blocks.#.ffn.down_proj.
output_norm. transformer.norm_f.
[stablelm]
@attn_q_norm. &self_attn.q_layernorm.norms.*.
@attn_k_norm. &self_attn.k_layernorm.norms.*.
[mamba mamba2]
token_embd. backbone.embeddings.
@attn_norm. backbone.layers.#.norm.
@ssm_a backbone.layers.#.mixer.A_log
@ssm_d backbone.layers.#.mixer.D
@ssm_conv1d. backbone.layers.#.mixer.conv1d.
@ssm_in. backbone.layers.#.mixer.in_proj.
@ssm_out. backbone.layers.#.mixer.out_proj.
output_norm. backbone.norm_f.
[mamba]
@ssm_x. backbone.layers.#.mixer.x_proj.
@ssm_dt. backbone.layers.#.mixer.dt_proj.
[mamba2]
@ssm_dt.bias backbone.layers.#.mixer.dt_bias
@ssm_norm. backbone.layers.#.mixer.norm.
[jamba]
@ssm_a &mamba.A_log
@ssm_d &mamba.D
@ssm_conv1d. &mamba.conv1d.
@ssm_in. &mamba.in_proj.
@ssm_x. &mamba.x_proj.
@ssm_dt. &mamba.dt_proj.
@ssm_out. &mamba.out_proj.
@ssm_dt_norm. &mamba.dt_layernorm.
@ssm_b_norm. &mamba.b_layernorm.
@ssm_c_norm. &mamba.c_layernorm.
@ffn_norm. &pre_ff_layernorm.
@ffn_gate_exps. &feed_forward.experts.*.gate_proj.
@ffn_up_exps. &feed_forward.experts.*.up_proj.
@ffn_down_exps. &feed_forward.experts.*.down_proj.
[jamba llama4]
@ffn_gate. &feed_forward.gate_proj.
@ffn_up. &feed_forward.up_proj.
@ffn_down. &feed_forward.down_proj.
@ffn_gate_inp. &feed_forward.router.
[bert]
token_embd. bert.embeddings.word_embeddings. distilbert.embeddings.word_embeddings. roberta.embeddings.word_embeddings.
position_embd. bert.embeddings.position_embeddings. distilbert.embeddings.position_embeddings. roberta.embeddings.position_embeddings.
token_types. bert.embeddings.token_type_embeddings. roberta.embeddings.token_type_embeddings.
token_embd_norm. bert.embeddings.LayerNorm. distilbert.embeddings.LayerNorm. roberta.embeddings.LayerNorm.
@attn_q. bert.encoder.layer.#.attention.self.query. distilbert.transformer.layer.#.attention.q_lin. roberta.encoder.layer.#.attention.self.query.
@attn_k. bert.encoder.layer.#.attention.self.key. distilbert.transformer.layer.#.attention.k_lin. roberta.encoder.layer.#.attention.self.key.
@attn_v. bert.encoder.layer.#.attention.self.value. distilbert.transformer.layer.#.attention.v_lin. roberta.encoder.layer.#.attention.self.value.
@attn_output. bert.encoder.layer.#.attention.output.dense. distilbert.transformer.layer.#.attention.out_lin. roberta.encoder.layer.#.attention.output.dense.
@attn_output_norm. bert.encoder.layer.#.attention.output.LayerNorm. distilbert.transformer.layer.#.sa_layer_norm. roberta.encoder.layer.#.attention.output.LayerNorm.
@ffn_up. bert.encoder.layer.#.intermediate.dense. distilbert.transformer.layer.#.ffn.lin1. roberta.encoder.layer.#.intermediate.dense.
@ffn_down. bert.encoder.layer.#.output.dense. distilbert.transformer.layer.#.ffn.lin2. roberta.encoder.layer.#.output.dense.
@layer_output_norm. bert.encoder.layer.#.output.LayerNorm. distilbert.transformer.layer.#.output_layer_norm. roberta.encoder.layer.#.output.LayerNorm.
[modern-bert]
token_embd. model.embeddings.tok_embeddings.
token_embd_norm. model.embeddings.norm.
@attn_qkv. &attn.Wqkv.
@attn_output. &attn.Wo.
@ffn_norm. &mlp_norm.
@ffn_up. &mlp.Wi.
@ffn_down. &mlp.Wo.
@attn_norm. &attn_norm.
output_norm. model.final_norm.
[t5]
token_embd. shared.
enc.@attn_q. encoder.block.#.layer.0.SelfAttention.q.
enc.@attn_k. encoder.block.#.layer.0.SelfAttention.k.
enc.@attn_v. encoder.block.#.layer.0.SelfAttention.v.
enc.@attn_o. encoder.block.#.layer.0.SelfAttention.o.
enc.@attn_rel_b. encoder.block.#.layer.0.SelfAttention.relative_attention_bias.
enc.@attn_norm. encoder.block.#.layer.0.layer_norm.
enc.@ffn_up. encoder.block.#.layer.1.DenseReluDense.wi. encoder.block.#.layer.1.DenseReluDense.wi_1.
enc.@ffn_down. encoder.block.#.layer.1.DenseReluDense.wo.
enc.@ffn_norm. encoder.block.#.layer.1.layer_norm.
enc.output_norm. encoder.final_layer_norm.
dec.@attn_q. decoder.block.#.layer.0.SelfAttention.q.
dec.@attn_k. decoder.block.#.layer.0.SelfAttention.k.
dec.@attn_v. decoder.block.#.layer.0.SelfAttention.v.
dec.@attn_o. decoder.block.#.layer.0.SelfAttention.o.
dec.@attn_rel_b. decoder.block.#.layer.0.SelfAttention.relative_attention_bias.
dec.@attn_norm. decoder.block.#.layer.0.layer_norm.
dec.@cross_attn_q. decoder.block.#.layer.1.EncDecAttention.q.
dec.@cross_attn_k. decoder.block.#.layer.1.EncDecAttention.k.
dec.@cross_attn_v. decoder.block.#.layer.1.EncDecAttention.v.
dec.@cross_attn_o. decoder.block.#.layer.1.EncDecAttention.o.
dec.@cross_attn_norm. decoder.block.#.layer.1.layer_norm.
dec.@ffn_up. decoder.block.#.layer.2.DenseReluDense.wi. decoder.block.#.layer.2.DenseReluDense.wi_1.
dec.@ffn_down. decoder.block.#.layer.2.DenseReluDense.wo.
dec.@ffn_norm. decoder.block.#.layer.2.layer_norm.
dec.output_norm. decoder.final_layer_norm.
enc.@ffn_gate. encoder.block.#.layer.1.DenseReluDense.wi_0.
dec.@ffn_gate. decoder.block.#.layer.2.DenseReluDense.wi_0.
[granitemoe]
@ffn_gate_inp. &block_sparse_moe.router.layer.
@ffn_gate_exps. /&block_sparse_moe.input_linear.
@ffn_up_exps. /&block_sparse_moe.input_linear.
@ffn_down_exps. &block_sparse_moe.output_linear.
[glm4]
@post_attention_norm. &post_self_attn_layernorm.
@post_ffw_norm. &post_mlp_layernorm.
[deepseek2 minicpm3]
@attn_q_a. &self_attn.q_a_proj.
@attn_q_a_norm. &self_attn.q_a_layernorm.
@attn_q_b. &self_attn.q_b_proj.
@attn_kv_a_mqa. &self_attn.kv_a_proj_with_mqa.
@attn_kv_a_norm. &self_attn.kv_a_layernorm.
@attn_kv_b. &self_attn.kv_b_proj.
[deepseek2 glm4moe dots1]
@ffn_gate_shexp. &mlp.shared_experts.gate_proj.
@ffn_up_shexp. &mlp.shared_experts.up_proj.
@ffn_down_shexp. &mlp.shared_experts.down_proj.
@exp_probs_b.bias &mlp.gate.e_score_correction_bias
[gpt-oss]
@attn_sinks.weight &self_attn.sinks
@ffn_gate_inp. &mlp.router.
@ffn_gate_exps.weight /&mlp.experts.gate_up_proj
@ffn_up_exps.weight /&mlp.experts.gate_up_proj
@ffn_gate_exps.bias /&mlp.experts.gate_up_proj_bias
@ffn_up_exps.bias /&mlp.experts.gate_up_proj_bias
@ffn_down_exps.weight &mlp.experts.down_proj
@ffn_down_exps.bias &mlp.experts.down_proj_bias
[llama4]
@ffn_gate_exps.weight /&feed_forward.experts.gate_up_proj
@ffn_up_exps.weight /&feed_forward.experts.gate_up_proj
@ffn_down_exps.weight &feed_forward.experts.down_proj
@ffn_gate_shexp. &feed_forward.shared_expert.gate_proj.
@ffn_up_shexp. &feed_forward.shared_expert.up_proj.
@ffn_down_shexp. &feed_forward.shared_expert.down_proj.
[lfm2]
@shortconv.conv. &conv.conv.
@shortconv.in_proj. &conv.in_proj.
@shortconv.out_proj. &conv.out_proj.
@ffn_gate. &feed_forward.w1.
@ffn_up. &feed_forward.w3.
@ffn_down. &feed_forward.w2.
@attn_norm. &operator_norm.
@ffn_norm. &ffn_norm.
@attn_output. &self_attn.out_proj.
@attn_q_norm. &self_attn.q_layernorm.
@attn_k_norm. &self_attn.k_layernorm.
token_embd_norm. model.embedding_norm.
[apertus]
@attn_norm. &attention_layernorm.
@ffn_norm. &feedforward_layernorm.
[hunyuan-dense]
@attn_q_norm. &self_attn.query_layernorm.
@attn_k_norm. &self_attn.key_layernorm.
[qwen3next]
@ssm_dt.bias &linear_attn.dt_bias
@ssm_a &linear_attn.A_log
@ssm_conv1d. &linear_attn.conv1d.
@ssm_in. &linear_attn.in_proj_qkvz.
@ssm_ba. &linear_attn.in_proj_ba.
@ssm_norm. &linear_attn.norm.
@ssm_out. &linear_attn.out_proj.
`
