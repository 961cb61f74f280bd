{# Names of more than 63 bytes are cut by the server in silence, so the base is cut here and the suffix kept. #}

{# dstring: the time of day goes into the name, for temporary tables of one session #}
{% macro postgres__make_relation_with_suffix(base_relation, suffix, dstring) %}
  {% set suffix = suffix ~ modules.datetime.datetime.now().strftime('%H%M%S%f') if dstring else suffix %}
  {% set longest = base_relation.relation_max_name_length() %}
  {% set room = longest - suffix | length %}
  {% if room < 0 %}
    {% do exceptions.raise_compiler_error(
        'Relation suffix is too long (' ~ (suffix | length) ~ ' characters). Maximum length is ' ~ longest ~ ' characters.') %}
  {% endif %}
  {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier[:room] ~ suffix})) }}
{% endmacro %}

{% macro postgres__make_intermediate_relation(base_relation, suffix) %}
  {{ return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=False)) }}
{% endmacro %}

{# temporary tables live in a schema of their own #}
{% macro postgres__make_temp_relation(base_relation, suffix) %}
  {{ return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=True)
      .incorporate(path={'schema': none, 'database': none})) }}
{% endmacro %}

{% macro postgres__make_backup_relation(base_relation, backup_relation_type, suffix) %}
  {{ return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=False).incorporate(type=backup_relation_type)) }}
{% endmacro %}
