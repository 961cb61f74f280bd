{%- macro quote(name) -%}"{{ name | replace('"', '""') }}"{%- endmacro -%}
{%- macro cast_col(col, type='text', alias=none) -%}
cast({{ quote(col.name) }} as {{ type }}) as {{ quote(alias or col.name) }}
{%- endmacro -%}
{%- macro columns(cols, exclude=[]) -%}
  {%- set keep = [] -%}
  {%- for c in cols if c.name not in exclude -%}
    {%- do keep.append(c) -%}
  {%- endfor -%}
  {%- for c in keep %}
    {{ cast_col(c, c.type, c.get('alias')) }}{{ ',' if not loop.last }}
  {%- endfor -%}
{%- endmacro -%}
{%- macro union_all(tables) -%}
  {%- for t in tables %}
(
    select
        '{{ t.name | lower }}' as source_table,{{ columns(t.cols, exclude=['_loaded', '_batch']) }}
    from {{ quote(t.schema) }}.{{ quote(t.name) }}
    {%- set filters = {} -%}
    {%- for c in t.cols -%}
      {%- if c.type == 'timestamp' -%}
        {%- do filters.update({c.name: "> now() - interval '" ~ (loop.index * 7) ~ " days'"}) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- for k, v in filters.items() %}
    {{ 'where' if loop.first else 'and' }} {{ quote(k) }} {{ v }}
    {%- endfor %}
)
    {%- if not loop.last %}
union all
    {%- endif -%}
  {%- endfor -%}
{%- endmacro -%}
{{ union_all(tables) }}
order by {% for i in range(1, 6) %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}
{% call(x) each(['a', 'b', 'c']) %}-- {{ x | upper }}{% endcall %}
