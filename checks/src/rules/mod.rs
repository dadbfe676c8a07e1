// SPDX-License-Identifier: GPL-2.0-only
//! The rules, one file each, in the order of their names.
#![allow(
    clippy::tabs_in_doc_comments,
    reason = "the examples are code of the kernel"
)]

mod alloc_array_args;
mod alloc_sizeof_struct;
mod alloc_with_multiply;
mod alloc_with_sizeof;
mod arch_defines;
mod arch_include_linux;
mod array_size;
mod assign_in_if;
mod assignment_continuations;
mod avoid_bug;
mod avoid_externs;
mod avoid_l_prefix;
mod bad_commit_separator;
mod bad_fixes_tag;
mod bad_reported_by_link;
mod bad_sign_off;
mod bad_stable_address_style;
mod bit_macro;
mod block_comment_style;
mod bool_comparison;
mod braces;
mod bracket_space;
mod c99_comments;
mod camelcase;
mod code_indent;
mod commit_comment_symbol;
mod commit_log_long_line;
mod commit_log_use_link;
mod commit_log_versioning;
mod commit_log_wrong_link;
mod commit_message;
mod comparison_to_null;
mod complex_macro;
mod concatenated_string;
mod config_description;
mod consider_completion;
mod consider_kstrto;
mod const_const;
mod const_read_mostly;
mod const_struct;
mod constant_comparison;
mod constant_conversion;
mod context_unsafe;
mod corrupted_patch;
mod cvs_keyword;
mod data_race;
mod date_time;
mod deep_indentation;
mod default_no_break;
mod define_arch_has;
mod deprecated_api;
mod device_attr_functions;
mod device_attr_perms;
mod device_attr_ro;
mod device_attr_rw;
mod device_attr_wo;
mod diff_in_commit_msg;
mod do_while_macro_with_trailing_semicolon;
mod dos_line_endings;
mod dt_schema_binding_patch;
mod dt_split_binding_patch;
mod duplicated_sysctl_const;
mod else_after_brace;
mod email_subject;
mod embedded_filename;
mod embedded_function_name;
mod enosys;
mod enotsupp;
mod execute_permissions;
mod export_symbol;
mod exported_world_writable;
mod file_path_changes;
mod flexible_array;
mod from_sign_off_mismatch;
mod fsf_mailing_address;
mod function_arguments;
mod function_in_header;
mod function_without_args;
mod gerrit_change_id;
mod git_commit_id;
mod global_initialisers;
mod hexadecimal_boolean_test;
mod hotplug_section;
mod if_0;
mod if_1;
mod in_atomic;
mod include_linux;
mod indented_label;
mod init_attribute;
mod initialised_static;
mod inline;
mod inline_in_source;
mod inline_location;
mod invalid_utf8;
mod is_enabled_config;
mod jiffies_comparison;
mod krealloc_arg_reuse;
mod leading_space;
mod likely_misuse;
mod line_continuations;
mod line_spacing;
mod linux_version_code;
mod lockdep;
mod logging_continuation;
mod logical_continuations;
mod long_line;
mod long_line_comment;
mod long_line_string;
mod long_udelay;
mod macro_arg_precedence;
mod macro_arg_reuse;
mod macro_arg_unused;
mod macro_with_flow_control;
mod maintainers_style;
mod malformed_include;
mod mask_then_shift;
mod memory_barrier;
mod memset;
mod minmax;
mod misordered_type;
mod misplaced_init;
mod missing_eof_newline;
mod missing_fixes_tag;
mod missing_sentinel;
mod missing_sign_off;
mod missing_space;
mod modified_include_asm;
mod module_license;
mod msleep;
mod multiline_dereference;
mod multiple_assignments;
mod multistatement_macro_use_do_while;
mod naked_sscanf;
mod needless_if;
mod new_typedefs;
mod no_author_sign_off;
mod non_octal_permissions;
mod not_unified_diff;
mod nr_cpus;
mod obsolete;
mod one_semicolon;
mod oom_message;
mod open_brace;
mod open_ended_line;
mod parenthesis_alignment;
mod patch_prefix;
mod placeholder_use;
mod pointer_location;
mod prefer_defined_attribute_macro;
mod prefer_dev_level;
mod prefer_ethtool_puts;
mod prefer_fallthrough;
mod prefer_is_enabled;
mod prefer_kernel_types;
mod prefer_lore_archive;
mod prefer_pr_level;
mod prefer_seq_puts;
mod printf_0xdecimal;
mod printf_l;
mod printf_z;
mod printk_ratelimited;
mod printk_without_kern_level;
mod quoted_whitespace_before_newline;
mod rcu_tasks_trace;
mod repeated_word;
mod return_parentheses;
mod return_void;
mod rust_allow;
mod rust_core_ffi;
mod rust_debug;
mod rust_imports;
mod rust_panic;
mod rust_print_newline;
mod rust_result_unit;
mod rust_unsafe_comment;
mod rust_unsafe_doc;
mod self_assignment;
mod shared;
mod single_statement_do_while_macro;
mod sizeof_address;
mod sizeof_parenthesis;
mod space_before_tab;
mod spacing;
mod spdx_license_tag;
mod split_string;
mod sscanf_to_kstrto;
mod static_const;
mod static_const_char_array;
mod storage_class;
mod strcpy;
mod string_fragments;
mod strlcpy;
mod strncpy;
mod suspect_code_indent;
mod suspect_comma_semicolon;
mod switch_case_indent_level;
mod symbolic_perms;
mod sysfs_emit;
mod tabstop;
mod trace_printk;
mod tracing_logging;
mod trailing_semicolon;
mod trailing_statements;
mod trailing_whitespace;
mod typecast_int_constant;
mod typo_spelling;
mod uapi_include;
mod uncommented_definition;
mod uncommented_rgmii_mode;
mod undocumented_dt_string;
mod undocumented_setup;
mod uninitialized_ptr_with_free;
mod unknown_commit_id;
mod unnecessary_break;
mod unnecessary_casts;
mod unnecessary_else;
mod unnecessary_int;
mod unnecessary_kern_level;
mod unnecessary_modifier;
mod unnecessary_parentheses;
mod unspecified_int;
mod use_device_initcall;
mod use_func;
mod use_lockdep;
mod use_negative_errno;
mod use_relative_path;
mod use_spinlock_t;
mod usleep_range;
mod utf8_before_patch;
mod volatile;
mod vsprintf_pointer_extension;
mod vsprintf_specifier_px;
mod waitqueue_active;
mod weak_declaration;
mod while_after_brace;
mod whitespace_after_line_continuation;
mod r#yield;

use crate::rule::Rule;
use crate::series;
pub(crate) use shared::function;
pub(crate) use typo_spelling::Spelt;

/// All rules.
pub const ALL: &[&Rule] = &[
    &alloc_array_args::RULE,
    &alloc_sizeof_struct::RULE,
    &alloc_with_multiply::RULE,
    &alloc_with_sizeof::RULE,
    &arch_defines::RULE,
    &arch_include_linux::RULE,
    &array_size::RULE,
    &assign_in_if::RULE,
    &assignment_continuations::RULE,
    &avoid_bug::RULE,
    &avoid_externs::RULE,
    &avoid_l_prefix::RULE,
    &bad_commit_separator::RULE,
    &bad_fixes_tag::RULE,
    &bad_reported_by_link::RULE,
    &bad_sign_off::RULE,
    &bad_stable_address_style::RULE,
    &bit_macro::RULE,
    &block_comment_style::RULE,
    &bool_comparison::RULE,
    &braces::RULE,
    &bracket_space::RULE,
    &c99_comments::RULE,
    &camelcase::RULE,
    &code_indent::RULE,
    &commit_comment_symbol::RULE,
    &commit_log_long_line::RULE,
    &commit_log_use_link::RULE,
    &commit_log_versioning::RULE,
    &commit_log_wrong_link::RULE,
    &commit_message::RULE,
    &comparison_to_null::RULE,
    &complex_macro::RULE,
    &concatenated_string::RULE,
    &config_description::RULE,
    &consider_completion::RULE,
    &consider_kstrto::RULE,
    &const_const::RULE,
    &const_read_mostly::RULE,
    &const_struct::RULE,
    &constant_comparison::RULE,
    &constant_conversion::RULE,
    &context_unsafe::RULE,
    &corrupted_patch::RULE,
    &cvs_keyword::RULE,
    &data_race::RULE,
    &date_time::RULE,
    &deep_indentation::RULE,
    &default_no_break::RULE,
    &define_arch_has::RULE,
    &deprecated_api::RULE,
    &device_attr_functions::RULE,
    &device_attr_perms::RULE,
    &device_attr_ro::RULE,
    &device_attr_rw::RULE,
    &device_attr_wo::RULE,
    &diff_in_commit_msg::RULE,
    &do_while_macro_with_trailing_semicolon::RULE,
    &dos_line_endings::RULE,
    &dt_schema_binding_patch::RULE,
    &dt_split_binding_patch::RULE,
    &duplicated_sysctl_const::RULE,
    &else_after_brace::RULE,
    &email_subject::RULE,
    &embedded_filename::RULE,
    &embedded_function_name::RULE,
    &enosys::RULE,
    &enotsupp::RULE,
    &execute_permissions::RULE,
    &export_symbol::RULE,
    &exported_world_writable::RULE,
    &file_path_changes::RULE,
    &flexible_array::RULE,
    &from_sign_off_mismatch::RULE,
    &fsf_mailing_address::RULE,
    &function_arguments::RULE,
    &function_in_header::RULE,
    &function_without_args::RULE,
    &gerrit_change_id::RULE,
    &git_commit_id::RULE,
    &global_initialisers::RULE,
    &hexadecimal_boolean_test::RULE,
    &hotplug_section::RULE,
    &if_0::RULE,
    &if_1::RULE,
    &in_atomic::RULE,
    &include_linux::RULE,
    &indented_label::RULE,
    &init_attribute::RULE,
    &initialised_static::RULE,
    &inline::RULE,
    &inline_in_source::RULE,
    &inline_location::RULE,
    &invalid_utf8::RULE,
    &is_enabled_config::RULE,
    &jiffies_comparison::RULE,
    &series::kernel_doc_excess::RULE,
    &series::kernel_doc_missing::RULE,
    &series::kernel_doc_name::RULE,
    &series::kernel_doc_return::RULE,
    &krealloc_arg_reuse::RULE,
    &leading_space::RULE,
    &likely_misuse::RULE,
    &line_continuations::RULE,
    &line_spacing::RULE,
    &linux_version_code::RULE,
    &lockdep::RULE,
    &logging_continuation::RULE,
    &logical_continuations::RULE,
    &long_line::RULE,
    &long_line_comment::RULE,
    &long_line_string::RULE,
    &long_udelay::RULE,
    &macro_arg_precedence::RULE,
    &macro_arg_reuse::RULE,
    &macro_arg_unused::RULE,
    &macro_with_flow_control::RULE,
    &maintainers_style::RULE,
    &malformed_include::RULE,
    &mask_then_shift::RULE,
    &memory_barrier::RULE,
    &memset::RULE,
    &minmax::RULE,
    &misordered_type::RULE,
    &misplaced_init::RULE,
    &missing_eof_newline::RULE,
    &missing_fixes_tag::RULE,
    &missing_sentinel::RULE,
    &missing_sign_off::RULE,
    &missing_space::RULE,
    &modified_include_asm::RULE,
    &module_license::RULE,
    &msleep::RULE,
    &multiline_dereference::RULE,
    &multiple_assignments::RULE,
    &multistatement_macro_use_do_while::RULE,
    &naked_sscanf::RULE,
    &needless_if::RULE,
    &new_typedefs::RULE,
    &no_author_sign_off::RULE,
    &non_octal_permissions::RULE,
    &not_unified_diff::RULE,
    &nr_cpus::RULE,
    &obsolete::RULE,
    &one_semicolon::RULE,
    &oom_message::RULE,
    &open_brace::RULE,
    &open_ended_line::RULE,
    &parenthesis_alignment::RULE,
    &patch_prefix::RULE,
    &placeholder_use::RULE,
    &pointer_location::RULE,
    &prefer_defined_attribute_macro::RULE,
    &prefer_dev_level::RULE,
    &prefer_ethtool_puts::RULE,
    &prefer_fallthrough::RULE,
    &prefer_is_enabled::RULE,
    &prefer_kernel_types::RULE,
    &prefer_lore_archive::RULE,
    &prefer_pr_level::RULE,
    &prefer_seq_puts::RULE,
    &printf_0xdecimal::RULE,
    &printf_l::RULE,
    &printf_z::RULE,
    &printk_ratelimited::RULE,
    &printk_without_kern_level::RULE,
    &quoted_whitespace_before_newline::RULE,
    &rcu_tasks_trace::RULE,
    &repeated_word::RULE,
    &return_parentheses::RULE,
    &return_void::RULE,
    &rust_allow::RULE,
    &rust_core_ffi::RULE,
    &rust_debug::RULE,
    &rust_imports::RULE,
    &rust_panic::RULE,
    &rust_print_newline::RULE,
    &rust_result_unit::RULE,
    &rust_unsafe_comment::RULE,
    &rust_unsafe_doc::RULE,
    &self_assignment::RULE,
    &series::series_fixes_elsewhere::RULE,
    &series::series_fixes_late::RULE,
    &series::series_no_base::RULE,
    &series::series_no_change_log::RULE,
    &series::series_no_cover::RULE,
    &series::series_no_recipient::RULE,
    &series::series_numbers::RULE,
    &series::series_too_long::RULE,
    &series::series_trailer_twice::RULE,
    &series::series_undone::RULE,
    &series::series_unused_function::RULE,
    &series::series_unused_static::RULE,
    &series::series_used_too_early::RULE,
    &single_statement_do_while_macro::RULE,
    &sizeof_address::RULE,
    &sizeof_parenthesis::RULE,
    &space_before_tab::RULE,
    &spacing::RULE,
    &spdx_license_tag::RULE,
    &split_string::RULE,
    &sscanf_to_kstrto::RULE,
    &static_const::RULE,
    &static_const_char_array::RULE,
    &storage_class::RULE,
    &strcpy::RULE,
    &string_fragments::RULE,
    &strlcpy::RULE,
    &strncpy::RULE,
    &suspect_code_indent::RULE,
    &suspect_comma_semicolon::RULE,
    &switch_case_indent_level::RULE,
    &symbolic_perms::RULE,
    &sysfs_emit::RULE,
    &tabstop::RULE,
    &trace_printk::RULE,
    &tracing_logging::RULE,
    &trailing_semicolon::RULE,
    &trailing_statements::RULE,
    &trailing_whitespace::RULE,
    &typecast_int_constant::RULE,
    &typo_spelling::RULE,
    &uapi_include::RULE,
    &uncommented_definition::RULE,
    &uncommented_rgmii_mode::RULE,
    &undocumented_dt_string::RULE,
    &undocumented_setup::RULE,
    &uninitialized_ptr_with_free::RULE,
    &unknown_commit_id::RULE,
    &unnecessary_break::RULE,
    &unnecessary_casts::RULE,
    &unnecessary_else::RULE,
    &unnecessary_int::RULE,
    &unnecessary_kern_level::RULE,
    &unnecessary_modifier::RULE,
    &unnecessary_parentheses::RULE,
    &unspecified_int::RULE,
    &use_device_initcall::RULE,
    &use_func::RULE,
    &use_lockdep::RULE,
    &use_negative_errno::RULE,
    &use_relative_path::RULE,
    &use_spinlock_t::RULE,
    &usleep_range::RULE,
    &utf8_before_patch::RULE,
    &volatile::RULE,
    &vsprintf_pointer_extension::RULE,
    &vsprintf_specifier_px::RULE,
    &waitqueue_active::RULE,
    &weak_declaration::RULE,
    &while_after_brace::RULE,
    &whitespace_after_line_continuation::RULE,
    &r#yield::RULE,
];

#[cfg(test)]
mod tests;
