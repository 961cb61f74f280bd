{# MERGE with DuckDB's extensions. merge_clauses has lists of clauses, when_matched and when_not_matched; every clause has
   an action (update, insert, delete, do_nothing, error), and may have a condition and a mode (by_name, by_position, star,
   explicit). Without it the clauses follow from the simpler merge_… settings. #}

{% macro duckdb__get_incremental_merge_sql(args_dict) %}
  {{ return(duckdb__get_merge_sql(
      args_dict['target_relation'], args_dict['temp_relation'], args_dict['unique_key'], args_dict['dest_columns'],
      normalize_incremental_predicates(args_dict.get('incremental_predicates')))) }}
{% endmacro %}

{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) %}
  {% set predicates = normalize_incremental_predicates(incremental_predicates) %}
  {% do validate_merge_config(config, target) %}
  {% set included = config.get('merge_update_columns', []) %}
  {% set excluded = config.get('merge_exclude_columns', []) %}
  {% set expressions = config.get('merge_update_set_expressions', {}) %}
  {% set defaults = merge_clause_defaults(
      config.get('merge_update_condition', none), config.get('merge_insert_condition', none), included, excluded, expressions) %}
  {% set update_default = defaults.when_matched_update_explicit if included or excluded or expressions
      else defaults.when_matched_update_by_name %}
  {% set clauses = config.get('merge_clauses', {}) %}
  {% set returning = config.get('merge_returning_columns', []) %}
  {% set header = config.get('sql_header', none) %}

  {{ header if header is not none }}
  MERGE INTO {{ target }} AS DBT_INTERNAL_DEST
  USING {{ source }} AS DBT_INTERNAL_SOURCE
  {{ duckdb__merge_join_clause(unique_key, config.get('merge_on_using_columns', []), predicates) }}
  {%- for clause in clauses.get('when_matched', [update_default]) %}
  WHEN MATCHED{{ _duckdb_merge_condition(clause) }} THEN {{ _duckdb_merge_matched_action(clause, dest_columns) }}
  {%- endfor %}
  {%- for clause in clauses.get('when_not_matched', [defaults.when_not_matched_insert_by_name]) %}
  WHEN NOT MATCHED{{ ' BY ' ~ clause.get('by') | upper if clause.get('by') }}{{ _duckdb_merge_condition(clause) }} THEN {{ _duckdb_merge_not_matched_action(clause) }}
  {%- endfor %}
  {%- if returning %}
  RETURNING {{ returning if returning is string else returning | join(', ') }}
  {%- endif %}
{% endmacro %}

{# ON the key and the predicates, or USING columns of the same name; without a key nothing matches. #}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) %}
  {% set predicates = incremental_predicates or [] %}
  {% if merge_on_using_columns %}
    {{ return('USING (' ~ (merge_on_using_columns | join(', ')) ~ ')'
        ~ (' ON (' ~ (predicates | join(') AND (')) ~ ')' if predicates else '')) }}
  {% endif %}
  {% set keys = [unique_key] if unique_key is string or unique_key is mapping or unique_key is not sequence else unique_key %}
  {% set matches = [] %}
  {% for key in keys if key %}{% do matches.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) %}{% endfor %}
  {{ return('ON (' ~ (((matches or ['FALSE']) + predicates) | join(') AND (')) ~ ')') }}
{% endmacro %}

{% macro merge_clause_defaults(merge_update_condition, merge_insert_condition, merge_update_columns=[], merge_exclude_columns=[], merge_update_set_expressions={}) %}
  {{ return({
      'when_matched_update_by_name': {'action': 'update', 'mode': 'by_name', 'condition': merge_update_condition},
      'when_matched_update_explicit': {
          'action': 'update', 'mode': 'explicit', 'condition': merge_update_condition,
          'update': {
              'include': merge_update_columns,
              'exclude': merge_exclude_columns,
              'set_expressions': merge_update_set_expressions,
          },
      },
      'when_not_matched_insert_by_name': {'action': 'insert', 'mode': 'by_name', 'condition': merge_insert_condition},
  }) }}
{% endmacro %}

{% macro _duckdb_merge_condition(clause) %}
  {% set condition = clause.get('condition') %}
  {% if not condition %}{{ return('') }}{% endif %}
  {{ return(' AND ' ~ (condition if condition is string else '(' ~ (condition | join(') AND (')) ~ ')')) }}
{% endmacro %}

{% macro _duckdb_merge_matched_action(clause, dest_columns) %}
  {% set action, mode = clause.get('action'), clause.get('mode') %}
  {% if action != 'update' %}{{ return(_duckdb_merge_other_action(clause)) }}{% endif %}
  {% if mode != 'explicit' %}
    {{ return({'by_name': 'UPDATE BY NAME', 'by_position': 'UPDATE BY POSITION', 'star': 'UPDATE SET *'}.get(mode, '')) }}
  {% endif %}
  {% set update = clause.get('update', {}) %}
  {% set expressions = update.get('set_expressions', {}) %}
  {% set assignments = _duckdb_merge_assignments(expressions) %}
  {% for column in get_merge_update_columns(update.get('include', []), update.get('exclude', []), dest_columns) %}
    {% if column | replace('"', '') | replace("'", '') not in expressions %}
      {% do assignments.append(column ~ ' = DBT_INTERNAL_SOURCE.' ~ column) %}
    {% endif %}
  {% endfor %}
  {{ return('UPDATE SET ' ~ (assignments | join(', '))) }}
{% endmacro %}

{% macro _duckdb_merge_not_matched_action(clause) %}
  {% set action, mode = clause.get('action'), clause.get('mode') %}
  {% if action == 'update' %}
    {{ return('UPDATE SET ' ~ (_duckdb_merge_assignments(clause.get('set_expressions', {})) | join(', '))) }}
  {% elif action != 'insert' %}
    {{ return(_duckdb_merge_other_action(clause)) }}
  {% elif mode == 'explicit' %}
    {% set insert = clause.get('insert', {}) %}
    {{ return('INSERT (' ~ (insert.get('columns', []) | join(', ')) ~ ') VALUES (' ~ (insert.get('values', []) | join(', ')) ~ ')') }}
  {% endif %}
  {{ return({'by_name': 'INSERT BY NAME', 'by_position': 'INSERT BY POSITION', 'star': 'INSERT *'}.get(mode, '')) }}
{% endmacro %}

{% macro _duckdb_merge_other_action(clause) %}
  {% set action = clause.get('action') %}
  {% set message = clause.get('error_message') %}
  {% if action == 'error' %}{{ return('ERROR' ~ (' ' ~ dbt._as_literal(message) if message else '')) }}{% endif %}
  {{ return({'delete': 'DELETE', 'do_nothing': 'DO NOTHING'}.get(action, '')) }}
{% endmacro %}

{% macro _duckdb_merge_assignments(expressions) %}
  {% set assignments = [] %}
  {% for column, expression in expressions.items() %}{% do assignments.append(column ~ ' = ' ~ expression) %}{% endfor %}
  {{ return(assignments) }}
{% endmacro %}
