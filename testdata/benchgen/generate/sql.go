package generate

import (
	"strings"
	"text/template"
)

// Templates of files use << >>, so that Jinja's braces stand as they are.
func parse(name, text string) *template.Template {
	return template.Must(template.New(name).Delims("<<", ">>").Funcs(template.FuncMap{
		"join":  strings.Join,
		"quote": func(list []string) string { return "'" + strings.Join(list, "', '") + "'" },
	}).Parse(text))
}

// What every model has; a model refers to these columns of any other.
var columns = []string{"id", "buyer_id", "segment", "state", "amount", "quantity", "is_live", "opened_at", "changed_at"}

var feeNames = []string{"rebate", "tax", "freight", "surcharge", "credit"}

// sqlData is what the templates of models see.
type sqlData struct {
	*model
	Fees     []string
	Columns  []string
	Base     string // a parent
	Others   []other
	Helper   int // number of a helper macro, -1 for none
	Seed     string
	Comment  string
	Lookback int
}

type other struct{ Alias, Name string }

var stagingSQL = parse("staging", `{{
    config(
        materialized='<<.Materialized>>',
        tags=['staging', '<<.Topic>>'],
        meta={'owner': '<<.Topic>>', 'tier': <<.Tier>>}
    )
}}

{#- <<.Comment>> -#}

{%- set fees = [<<quote .Fees>>] -%}
{%- set states = {'O': 'open', 'P': 'paid', 'S': 'sent', 'X': 'closed'} -%}

with source as (

    select * from {{ source('<<.Table.System>>', '<<.Table.Name>>') }}

),

renamed as (

    select
        -- keys
        id,
        buyer_id,
        {{ record_hash(['id', 'buyer_id']) }} as record_hash,

        -- attributes
        segment_code as segment,
        case state_code
            {%- for code, label in states.items() %}
            when '{{ code }}' then '{{ label }}'
            {%- endfor %}
            else 'open'
        end as state,

        -- figures
        {{ cents('amount_cents') }} as amount,
        quantity,
        <<- if ge .Helper 0>>
        {{ clean_<<.Helper>>('quantity') }} as clean_quantity,
        <<- end>>
        {%- for fee in fees %}
        {{ cents(fee ~ '_cents') }} as {{ fee }},
        {%- endfor %}
        {% for fee in fees -%}
        {{ fee }}_cents {{ '+ ' if not loop.last }}
        {%- endfor %} as fees_cents,

        -- flags and moments
        removed_at is null as is_live,
        cast(opened_at as {{ dbt.type_timestamp() }}) as opened_at,
        cast(changed_at as {{ dbt.type_timestamp() }}) as changed_at
    from source
    where id is not null
    {{ only_recent('changed_at', <<.Lookback>>) }}

),

final as (

    select
        renamed.*,
        {{ month_of('opened_at') }} as opened_month,
        {{ dbt.datediff('opened_at', 'changed_at', 'day') }} as days_open
    from renamed

)

select * from final
`)

var intermediateSQL = parse("intermediate", `{{ config(materialized='<<.Materialized>>', tags=['intermediate', '<<.Topic>>']) }}

{#- <<.Comment>> -#}

{% set states = var('states', ['open', 'paid', 'sent', 'closed']) %}
{% set figures = ['amount', 'quantity'] %}

with base as (

    select * from {{ ref('<<.Base>>') }}

),

<<- range .Others>>

<<.Alias>> as (

    select * from {{ ref('<<.Name>>') }}

),

<<- end>>
<<- with .Seed>>

names as (

    select * from {{ ref('<<.>>') }}

),

<<- end>>

joined as (

    select
        base.id,
        max(base.buyer_id) as buyer_id,
        max(base.segment) as segment,
        max(base.state) as state,
        {%- for figure in figures %}
        sum(base.{{ figure }}) as {{ figure }},
        min(base.{{ figure }}) as least_{{ figure }},
        avg(base.{{ figure }}) as mean_{{ figure }},
        {%- endfor %}
        <<- range .Others>>
        sum(coalesce(<<.Alias>>.amount, 0)) as <<.Alias>>_amount,
        max(<<.Alias>>.changed_at) as <<.Alias>>_changed_at,
        <<- end>>
        <<- if .Seed>>
        max(names.label) as segment_label,
        <<- end>>
        {{ sum_by('base.state', states, amount='base.amount', prefix='state_') }},
        count(*) as source_rows,
        min(base.opened_at) as opened_at,
        max(base.changed_at) as changed_at
    from base
    <<- range .Others>>
    left join <<.Alias>> on <<.Alias>>.id = base.id
    <<- end>>
    <<- if .Seed>>
    left join names on names.code = base.segment
    <<- end>>
    group by base.id

),

final as (

    select
        joined.*,
        source_rows > 0 as is_live,
        {{ ratio('amount', 'quantity') }} as unit_amount,
        {{ month_of('opened_at') }} as opened_month
    from joined

)

select * from final
`)

var martSQL = parse("mart", `{{
    config(
        materialized='<<.Materialized>>',
        <<- if eq .Materialized "incremental">>
        unique_key='id',
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        <<- end>>
        tags=['marts', '<<.Topic>>'],
        meta={'tier': <<.Tier>>, 'refresh': 'nightly'}
    )
}}

{#- <<.Comment>> -#}

{%- set windows = [7, 30, 90] -%}

with base as (

    select
        <<- range .Columns>>
        b.<<.>>,
        <<- end>>
        'base' as came_from
    from {{ ref('<<.Base>>') }} as b
    where b.id is not null

),

<<- range .Others>>

<<.Alias>> as (

    select
        <<- range $.Columns>>
        o.<<.>>,
        <<- end>>
        '<<.Alias>>' as came_from
    from {{ ref('<<.Name>>') }} as o
    where o.id is not null

),

<<- end>>

joined as (

    select
        <<- range .Columns>>
        base.<<.>>,
        <<- end>>
        <<- range .Others>>
        <<.Alias>>.amount as <<.Alias>>_amount,
        <<.Alias>>.state as <<.Alias>>_state,
        <<- end>>
        {{ record_hash(['base.id', 'base.opened_at']) }} as record_hash,
        {%- for days in windows %}
        case
            when base.changed_at >= {{ dbt.dateadd('day', -1 * days, "cast('2026-02-01' as " ~ dbt.type_timestamp() ~ ")") }}
            then base.amount
            else 0
        end as amount_{{ days }}_days,
        {%- endfor %}
        row_number() over (partition by base.buyer_id order by base.changed_at desc, base.id) as buyer_rank
    from base
    <<- range .Others>>
    left join <<.Alias>> on <<.Alias>>.id = base.id
    <<- end>>
    <<- if eq .Materialized "incremental">>
    {% if is_incremental() %}
    where base.changed_at > (
        select coalesce(max(t.changed_at), cast('1970-01-01' as {{ dbt.type_timestamp() }})) from {{ this }} as t
    )
    {% endif %}
    <<- end>>

),

final as (

    select
        joined.*,
        {{ stamp() }}
    from joined

)

select * from final
`)

// macros of the project, by file.
var macros = map[string]string{
	"macros/money.sql": `{% macro cents(column_name, scale=2) -%}
    round(cast({{ column_name }} as {{ dbt.type_numeric() }}) / 100, {{ scale }})
{%- endmacro %}

{% macro ratio(part, whole) -%}
    case when {{ whole }} = 0 then null else {{ part }} / {{ whole }} end
{%- endmacro %}
`,
	"macros/record_hash.sql": `{% macro record_hash(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- if not loop.first -%}{%- do texts.append("'|'") -%}{%- endif -%}
        {%- do texts.append("coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '')") -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(texts)) }}
{%- endmacro %}
`,
	"macros/months.sql": `{% macro month_of(column_name) -%}
    {{ return(adapter.dispatch('month_of')(column_name)) }}
{%- endmacro %}

{% macro default__month_of(column_name) -%}
    {{ dbt.date_trunc('month', column_name) }}
{%- endmacro %}
`,
	"macros/stamp.sql": `{% macro stamp() %}
    current_timestamp as stamped_at,
    '{{ var("batch", "none") }}' as batch
{%- endmacro %}

{% macro only_recent(column_name, days) %}
    {%- if var('recent_only', false) -%}
    and {{ column_name }} >= {{ dbt.dateadd('day', -1 * days, dbt.current_timestamp()) }}
    {%- endif -%}
{%- endmacro %}
`,
	"macros/sum_by.sql": `{% macro sum_by(column_name, found, amount='amount', prefix='', suffix='_amount') %}
    {%- for value in found %}
        sum(case when {{ column_name }} = '{{ value }}' then {{ amount }} else 0 end) as {{ prefix }}{{ value | lower | replace(' ', '_') }}{{ suffix }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
`,
	"tests/generic/at_least.sql": `{% test at_least(model, column_name, limit=0) %}
select {{ column_name }} from {{ model }} where {{ column_name }} < {{ limit }}
{% endtest %}
`,
}

var cleanMacro = parse("clean", `{% macro clean_<<.Number>>(column_name, missing=<<.Number>>) -%}
    {#- <<.Comment>> -#}
    coalesce({{ column_name }}, {{ missing }}){% if missing > 9000 %} + 0{% endif %}
{%- endmacro %}
`)

var snapshotSQL = parse("snapshot", `{% snapshot <<.Name>>_history %}
{{ config(target_schema=target.schema ~ '_history', unique_key='id', strategy='timestamp', updated_at='changed_at') }}
select id, buyer_id, state, amount, changed_at from {{ ref('<<.Name>>') }}
{% endsnapshot %}
`)

var singularSQL = parse("singular", `-- A closed record has an amount.
select id, amount
from {{ ref('<<.Name>>') }}
where state = 'closed' and amount is null
`)
