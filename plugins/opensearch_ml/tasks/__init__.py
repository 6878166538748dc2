"""The tasks of `finetune_search_model`: each opens clients and calls one phase function of `include`."""
