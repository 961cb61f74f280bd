{# Grants of a built relation.
   The config is a mapping of privilege to grantees. A relation that may carry older grants is asked for them
   first and only the difference is applied; revokes go before grants. #}

{% macro copy_grants() %}{{ return(adapter.dispatch('copy_grants', 'dbt')()) }}{% endmacro %}

{% macro support_multiple_grantees_per_dcl_statement() %}
  {{ return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) }}
{% endmacro %}

{% macro get_show_grant_sql(relation) %}{{ return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) }}{% endmacro %}

{% macro get_grant_sql(relation, privilege, grantees) %}
  {{ return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) }}
{% endmacro %}

{% macro get_revoke_sql(relation, privilege, grantees) %}
  {{ return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) }}
{% endmacro %}

{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {{ return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) }}
{% endmacro %}

{% macro call_dcl_statements(dcl_statement_list) %}
  {{ return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) }}
{% endmacro %}

{% macro apply_grants(relation, grant_config, should_revoke) %}
  {{ return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) }}
{% endmacro %}


{# Does a replaced relation inherit the grants of the one before it? Yes costs one query, a wrong no leaves rights behind. #}
{% macro default__copy_grants() %}{{ return(True) }}{% endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() %}{{ return(True) }}{% endmacro %}

{# Can older grants be on the relation now: never on a new one, always on one that was kept. #}
{% macro should_revoke(existing_relation, full_refresh_mode=True) %}
  {% if not existing_relation %}{{ return(False) }}{% endif %}
  {{ return(copy_grants() if full_refresh_mode else True) }}
{% endmacro %}

{% macro default__get_show_grant_sql(relation) -%}
  show grants on {{ relation.render() }}
{%- endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}

{# Grantees to revoke come from the warehouse as bare names, hence the quotes. #}
{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
  {%- set names = [] -%}
  {%- for grantee in grantees %}{% do names.append(adapter.quote(grantee)) %}{% endfor -%}
  revoke {{ privilege }} on {{ relation.render() }} from {{ names | join(', ') }}
{%- endmacro %}

{# get_dcl_macro is get_grant_sql or get_revoke_sql; it gets all grantees of a privilege at once, or one by one. #}
{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {% set all_at_once = support_multiple_grantees_per_dcl_statement() %}
  {% set statements = [] %}
  {% for privilege, grantees in grant_config.items() if grantees %}
    {% for group in ([grantees] if all_at_once else grantees | batch(1)) %}
      {% do statements.append(get_dcl_macro(relation, privilege, group)) %}
    {% endfor %}
  {% endfor %}
  {{ return(statements) }}
{% endmacro %}

{% macro default__call_dcl_statements(dcl_statement_list) %}
  {% call statement('grants') %}
    {%- for dcl in dcl_statement_list %}
    {{ dcl }};
    {%- endfor %}
  {% endcall %}
{% endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=True) %}
  {% if not grant_config %}{{ return('') }}{% endif %}
  {% set to_revoke = {} %}
  {% set to_grant = grant_config %}
  {% if should_revoke %}
    {% set current = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) %}
    {% set to_grant = diff_of_two_dicts(grant_config, current) %}
    {% set to_revoke = diff_of_two_dicts(current, grant_config) %}
  {% endif %}
  {% set statements = [] %}
  {% if to_grant or to_revoke %}
    {% set statements = get_dcl_statement_list(relation, to_revoke, get_revoke_sql)
                      + get_dcl_statement_list(relation, to_grant, get_grant_sql) %}
  {% else %}
    {% do log('On ' ~ relation.render() ~ ': All grants are in place, no revocation or granting needed.') %}
  {% endif %}
  {% if statements %}{% do call_dcl_statements(statements) %}{% endif %}
{% endmacro %}
