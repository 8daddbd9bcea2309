with plan_starts as (
    select * from {{ ref('int_contract_plan_starts') }}
),

holdings as (
    select * from {{ ref('int_customer_holdings') }}
),

contract_starts as (
    select * from plan_starts
    where is_contract_start
),

-- Things of one category compare; where a category is not known, plans do by their tiers.
compared as (
    select
        contract_starts.contract_id,
        holdings.*,
        coalesce(holdings.item_id = contract_starts.plan_id, false) as is_same_item,
        coalesce(holdings.category_path = contract_starts.category_path, false) as is_same_category,
        coalesce(holdings.category_path = contract_starts.category_path, false)
        or (
            holdings.is_plan
            and (holdings.category_path is null or contract_starts.category_path is null)
            and holdings.tier is not null
            and contract_starts.plan_tier is not null
        ) as is_comparable
    from contract_starts
    inner join holdings
        on
            contract_starts.customer_id = holdings.customer_id
            and contract_starts.started_on > holdings.held_since
),

histories as (
    select
        contract_id,
        bool_or(is_same_item) as holds_same_item,
        bool_or(category_path is null) as holds_unknown_category
    from compared
    group by contract_id
),

-- The latest comparable thing is what a further contract is measured by.
latest_comparable as (
    select
        contract_id,
        tier,
        monthly_amount
    from compared
    where is_comparable
    qualify row_number() over (
        partition by contract_id
        order by is_same_category desc, held_since desc, tier desc nulls last, monthly_amount desc nulls last
    ) = 1
),

measured as (
    select
        plan_starts.*,
        histories.contract_id is null as is_first,
        histories.holds_same_item,
        histories.holds_unknown_category,
        latest_comparable.contract_id is not null or plan_starts.is_plan_change as has_reference,
        case when plan_starts.is_plan_change then plan_starts.previous_plan_tier else latest_comparable.tier end
            as reference_tier,
        case
            when plan_starts.is_plan_change then plan_starts.previous_monthly_amount
            else latest_comparable.monthly_amount
        end as reference_amount
    from plan_starts
    left join histories on plan_starts.contract_id = histories.contract_id
    left join latest_comparable on plan_starts.contract_id = latest_comparable.contract_id
    where plan_starts.is_contract_start or plan_starts.is_plan_change
),

final as (
    select
        *,
        -- The length keeps apart ids that hold the separator themselves.
        concat('contract:', length(contract_id), ':', contract_id, ':', term_no) as conversion_id,
        case
            when is_contract_start and is_first then 'acquisition'
            when is_contract_start and holds_same_item then 'repeat'
            when has_reference and plan_tier > reference_tier then 'upsell'
            when has_reference and plan_tier < reference_tier then 'downsell'
            when has_reference and monthly_amount > reference_amount then 'upsell'
            when has_reference and monthly_amount < reference_amount then 'downsell'
            when has_reference then 'switch'
            when category_path is null or holds_unknown_category then 'unclassified'
            else 'cross_sell'
        end as conversion_type
    from measured
)

select
    conversion_id,
    'contract' as conversion_source,
    customer_id,
    started_on as converted_on,
    conversion_type,
    plan_id as product_id,
    category_path,
    cast(null as {{ dbt.type_string() }}) as channel,
    cast(null as {{ dbt.type_string() }}) as employee_id,
    cast(monthly_amount as decimal(18, 4)) as net_amount
from final
