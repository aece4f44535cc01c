{{
    config(
        post_hook=["{{ carry_balances_forward() }}"]
    )
}}

{{ account_days(window_start(), window_end()) }}
