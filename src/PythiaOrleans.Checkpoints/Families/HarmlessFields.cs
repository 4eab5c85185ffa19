using System.Collections.Frozen;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// Fields of published configurations that change no number of an evaluated forward pass, whatever the family: names, training, generation,
/// storage.
/// </summary>
internal static class HarmlessFields
{
    private static readonly FrozenSet<string> Names = new[]
    {
        // where it comes from
        "_name_or_path", "name_or_path", "_commit_hash", "architectures", "transformers_version", "auto_map", "model_type",
        "finetuning_task", "license", "unsloth_version",
        "unsloth_fixed", "transformers.js_config", "custom_pipelines", "base_model", "is_llama_config",

        // how it is stored and run
        "torch_dtype", "dtype", "use_cache", "return_dict", "output_attentions", "output_hidden_states", "torchscript",
        "use_bfloat16", "tf_legacy_loss", "chunk_size_feed_forward",
        "gradient_checkpointing", "pretraining_tp", "attn_implementation", "_attn_implementation",
        "_attn_implementation_autoset", "_attn_implementation_internal",
        "_flash_attn_2_enabled", "flash_attention", "use_flash_attention", "reorder_and_upcast_attn", "fused_bias_fc",
        "use_flash_attn", "attention_softmax_in_fp32",
        "masked_softmax_fusion", "bias_dropout_fusion", "skip_bias_add", "skip_bias_add_qkv", "slow_but_exact",
        "cache_implementation",

        // training
        "initializer_range", "initializer_factor", "init_method", "init_device", "attention_dropout", "hidden_dropout",
        "hidden_dropout_prob", "attention_probs_dropout_prob",
        "classifier_dropout", "embd_pdrop", "attn_pdrop", "resid_pdrop", "residual_dropout", "embedding_dropout", "dropout",
        "attention_dropout_prob", "router_aux_loss_coef",
        "output_router_logits", "loss_function_params",

        // heads that are not the language model's
        "id2label", "label2id", "num_labels", "problem_type", "task_specific_params", "summary_activation",
        "summary_first_dropout", "summary_proj_to_labels",
        "summary_type", "summary_use_proj", "_num_labels",

        // tokens and generation
        "bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "mask_token_id", "cls_token_id",
        "decoder_start_token_id", "tokenizer_class",
        "prefix", "max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups",
        "diversity_penalty", "temperature", "top_k", "top_p",
        "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
        "bad_words_ids", "num_return_sequences", "output_scores",
        "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
        "exponential_decay_length_penalty", "suppress_tokens",
        "begin_suppress_tokens", "generation_config", "chat_template", "is_decoder", "is_encoder_decoder",
        "tie_encoder_decoder", "cross_attention_hidden_size",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Fields that do change numbers, with the value that says "not at all".
    private static readonly FrozenDictionary<string, string> Inert = new Dictionary<string, string>
    {
        ["add_cross_attention"] = "false",
        ["use_mrope"] = "false",
        ["rope_interleaved"] = "false",
        ["use_qk_norm"] = "false",
        ["qk_layernorm"] = "false",
        ["use_sliding_window"] = "false",
        ["embedding_multiplier"] = "1.0",
        ["residual_multiplier"] = "1.0",
        ["logits_scaling"] = "1.0",
        ["logit_scale"] = "1.0",
        ["pruned_heads"] = "{}",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a field, or a field of that value, changes nothing.</summary>
    public static bool Contains(string name, string value) =>
        Names.Contains(name) || (Inert.TryGetValue(name, out var inert) && inert == value);
}
