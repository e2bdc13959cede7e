! SPDX-License-Identifier: GPL-3.0-or-later
! What the headers declare of the main path, for Fortran 2018; the module `lantian` makes objects of it. The comments in
! include/lantian/ say what each function does.
!
! Objects and texts are C's pointers, rows and columns count from 0, and nothing is freed by itself. The options begin
! with their size, so a library that knows more of them takes these. Their defaults stand here, because the _init functions
! fill the struct of the library that is loaded, which may be longer than ours; test_fortran.f90 compares them.
module lantian_c
  use, intrinsic :: iso_c_binding
  implicit none
  public

  type, bind(c) :: ltn_error
    integer(c_int) :: code, line, column
    character(kind=c_char) :: source(256), message(512)
  end type

  type, bind(c) :: ltn_diagnostic
    integer(c_int) :: severity, line, column
    type(c_ptr) :: source, message
  end type

  type, bind(c) :: ltn_read_options
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: diagnostics = c_null_ptr, encoding = c_null_ptr
  end type

  type, bind(c) :: ltn_inventory_options
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: diagnostics = c_null_ptr, regions = c_null_ptr, sectors = c_null_ptr, encoding = c_null_ptr
    integer(c_int) :: threads = 0, no_defaults = 0
    type(c_ptr) :: factors = c_null_ptr, devices = c_null_ptr, keep_pollutants = c_null_ptr
    integer(c_size_t) :: keep_pollutant_count = 0
  end type

  type, bind(c) :: ltn_grouping
    integer(c_size_t) :: struct_size = 0
    integer(c_int) :: by = 0, region_depth = -1, sector_depth = -1
    type(c_ptr) :: attribute = c_null_ptr, scope = c_null_ptr
  end type

  type, bind(c) :: ltn_projection_options
    integer(c_size_t) :: struct_size = 0
    integer(c_int) :: first_year = 0, last_year = 0, threads = 0, strict = 0, no_defaults = 0
    type(c_funptr) :: progress = c_null_funptr
    type(c_ptr) :: progress_data = c_null_ptr
  end type

  type, bind(c) :: ltn_ensemble_options
    integer(c_size_t) :: struct_size = 0, draws = 1000, first_draw = 0, draw_count = 0
    integer(c_int64_t) :: seed = 1
    integer(c_int) :: threads = 0, sampling = 0
    integer(c_size_t) :: designed = 40
    type(c_ptr) :: grouping = c_null_ptr, targets = c_null_ptr, book = c_null_ptr
    real(c_double) :: standard_error = 0
    integer(c_size_t) :: memory = 2_c_size_t**30
    type(c_funptr) :: progress = c_null_funptr
    type(c_ptr) :: progress_data = c_null_ptr
  end type

  type, bind(c) :: ltn_output_options
    integer(c_size_t) :: struct_size = 0
    integer(c_int) :: language = 0
    type(c_ptr) :: command = c_null_ptr, inputs = c_null_ptr
    integer(c_size_t) :: input_count = 0
    integer(c_int64_t) :: time = 0
    integer(c_size_t) :: dense_cells = 0
    type(c_ptr) :: inventory_years = c_null_ptr
    integer(c_size_t) :: inventory_year_count = 0
    type(c_ptr) :: ensemble = c_null_ptr, attribution = c_null_ptr, attributed = c_null_ptr, sensitivity = c_null_ptr
  end type

  interface
    ! status.h, diagnostics.h
    function ltn_last_error() bind(c) result(answer)
      import :: c_ptr
      type(c_ptr) :: answer
    end function
    function ltn_version() bind(c) result(answer)
      import :: c_ptr
      type(c_ptr) :: answer
    end function
    function ltn_diagnostics_create(out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_diagnostics_free(list) bind(c)
      import :: c_ptr
      type(c_ptr), value :: list
    end subroutine
    function ltn_diagnostics_count(list) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: list
      integer(c_size_t) :: answer
    end function
    function ltn_diagnostics_get(list, index) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: list
      integer(c_size_t), value :: index
      type(c_ptr) :: answer
    end function
    subroutine ltn_read_options_init(options) bind(c)
      import :: c_ptr
      type(c_ptr), value :: options
    end subroutine
    ! table.h
    subroutine ltn_table_free(table) bind(c)
      import :: c_ptr
      type(c_ptr), value :: table
    end subroutine
    function ltn_table_rows(table) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t) :: answer
    end function
    function ltn_table_columns(table) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t) :: answer
    end function
    function ltn_table_name(table, column) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: column
      type(c_ptr) :: answer
    end function
    function ltn_table_type(table, column) bind(c) result(answer)
      import :: c_int, c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: column
      integer(c_int) :: answer
    end function
    function ltn_table_find(table, name) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: table
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int) :: answer
    end function
    function ltn_table_numbers(table, column) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: column
      type(c_ptr) :: answer
    end function
    function ltn_table_codes(table, column) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: column
      type(c_ptr) :: answer
    end function
    function ltn_table_words(table, column) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: column
      integer(c_size_t) :: answer
    end function
    function ltn_table_word(table, column, code) bind(c) result(answer)
      import :: c_int32_t, c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: column
      integer(c_int32_t), value :: code
      type(c_ptr) :: answer
    end function
    function ltn_table_text(table, row, column) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: table
      integer(c_size_t), value :: row, column
      type(c_ptr) :: answer
    end function
    function ltn_table_write_csv(table, path) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: table
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: answer
    end function
    ! tree.h
    function ltn_regions_read_csv(path, options, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_sectors_read_csv(path, options, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_tree_free(tree) bind(c)
      import :: c_ptr
      type(c_ptr), value :: tree
    end subroutine
    function ltn_tree_count(tree) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: tree
      integer(c_size_t) :: answer
    end function
    function ltn_tree_table(tree) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: tree
      type(c_ptr) :: answer
    end function
    ! inventory.h, store.h
    subroutine ltn_inventory_options_init(options) bind(c)
      import :: c_ptr
      type(c_ptr), value :: options
    end subroutine
    function ltn_inventory_read(path, options, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_inventory_write_csv(inventory, path) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: inventory
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: answer
    end function
    function ltn_inventory_write_hdf5(inventory, path, options) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: inventory
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      integer(c_int) :: answer
    end function
    subroutine ltn_inventory_free(inventory) bind(c)
      import :: c_ptr
      type(c_ptr), value :: inventory
    end subroutine
    function ltn_inventory_sources(inventory) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: inventory
      type(c_ptr) :: answer
    end function
    function ltn_inventory_emissions(inventory) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: inventory
      type(c_ptr) :: answer
    end function
    function ltn_inventory_first(inventory) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: inventory
      type(c_ptr) :: answer
    end function
    function ltn_inventory_base_year(inventory) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: inventory
      integer(c_int) :: answer
    end function
    function ltn_inventory_baseline(inventory) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: inventory
      type(c_ptr) :: answer
    end function
    function ltn_inventory_reconstructed(inventory) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: inventory
      integer(c_int) :: answer
    end function
    subroutine ltn_grouping_init(grouping, by) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: grouping
      integer(c_int), value :: by
    end subroutine
    function ltn_inventory_summarise(inventory, grouping, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: inventory, grouping
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    ! scenario.h
    function ltn_scenario_read(path, options, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_scenario_free(scenario) bind(c)
      import :: c_ptr
      type(c_ptr), value :: scenario
    end subroutine
    function ltn_scenario_base_year(scenario) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: scenario
      integer(c_int) :: answer
    end function
    function ltn_scenario_last_year(scenario) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: scenario
      integer(c_int) :: answer
    end function
    function ltn_scenario_measures(scenario) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: scenario
      integer(c_size_t) :: answer
    end function
    function ltn_scenario_measure_id(scenario, measure) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: scenario
      integer(c_size_t), value :: measure
      type(c_ptr) :: answer
    end function
    ! projection.h
    subroutine ltn_projection_options_init(options) bind(c)
      import :: c_ptr
      type(c_ptr), value :: options
    end subroutine
    function ltn_projection_run(base, scenario, options, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: base, scenario, options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_projection_free(run) bind(c)
      import :: c_ptr
      type(c_ptr), value :: run
    end subroutine
    function ltn_projection_base(run) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: run
      type(c_ptr) :: answer
    end function
    function ltn_projection_derived(run) bind(c) result(answer)
      import :: c_ptr
      type(c_ptr), value :: run
      type(c_ptr) :: answer
    end function
    function ltn_projection_years(run, count) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: run
      integer(c_size_t), intent(out) :: count
      type(c_ptr) :: answer
    end function
    function ltn_projection_emissions(run, year) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: run
      integer(c_int), value :: year
      type(c_ptr) :: answer
    end function
    function ltn_projection_summarise_at(run, grouping, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: run, grouping
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_projection_ledger(run, grouping, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: run, grouping
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_projection_notes(run, language, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: run
      integer(c_int), value :: language
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_projection_explain(run, source, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: source(*)
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_projection_inventory(run, year, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: run
      integer(c_int), value :: year
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    ! targets.h, ensemble.h, output.h
    function ltn_targets_read_csv(path, options, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_targets_free(targets) bind(c)
      import :: c_ptr
      type(c_ptr), value :: targets
    end subroutine
    function ltn_targets_count(targets) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: targets
      integer(c_size_t) :: answer
    end function
    function ltn_targets_check(targets, run, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: targets, run
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_ensemble_options_init(options) bind(c)
      import :: c_ptr
      type(c_ptr), value :: options
    end subroutine
    function ltn_ensemble_run(run, options, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: run, options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_ensemble_free(ensemble) bind(c)
      import :: c_ptr
      type(c_ptr), value :: ensemble
    end subroutine
    function ltn_ensemble_draw_count(ensemble) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: ensemble
      integer(c_size_t) :: answer
    end function
    function ltn_ensemble_summary(ensemble, probabilities, count, out) bind(c) result(answer)
      import :: c_double, c_int, c_ptr, c_size_t
      type(c_ptr), value :: ensemble
      real(c_double), intent(in) :: probabilities(*)
      integer(c_size_t), value :: count
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_ensemble_draws(ensemble, row) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: ensemble
      integer(c_size_t), value :: row
      type(c_ptr) :: answer
    end function
    function ltn_ensemble_targets(ensemble, out) bind(c) result(answer)
      import :: c_int, c_ptr
      type(c_ptr), value :: ensemble
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    function ltn_ensemble_write_hdf5(ensemble, options, path) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: ensemble, options
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: answer
    end function
    function ltn_ensemble_read_hdf5(path, options, out) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int) :: answer
    end function
    subroutine ltn_output_options_init(options) bind(c)
      import :: c_ptr
      type(c_ptr), value :: options
    end subroutine
    function ltn_projection_write(run, targets, options, folder) bind(c) result(answer)
      import :: c_char, c_int, c_ptr
      type(c_ptr), value :: run, targets, options
      character(kind=c_char), intent(in) :: folder(*)
      integer(c_int) :: answer
    end function
  end interface

  interface
    ! Of the C library.
    function strlen(text) bind(c) result(answer)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: answer
    end function
  end interface
contains

  ! A Fortran text as C has it: without the blanks at its end, with a zero after it.
  pure function c_text(text) result(answer)
    character(len=*), intent(in) :: text
    character(kind=c_char) :: answer(len_trim(text) + 1)
    integer :: i
    do i = 1, len_trim(text)
      answer(i) = text(i:i)
    end do
    answer(len_trim(text) + 1) = c_null_char
  end function

  ! A C text as Fortran has it; empty for a null pointer.
  function f_text(text) result(answer)
    type(c_ptr), intent(in) :: text
    character(len=:), allocatable :: answer
    character(kind=c_char), pointer :: bytes(:)
    integer :: i
    if (.not. c_associated(text)) then
      answer = ''
      return
    end if
    call c_f_pointer(text, bytes, [strlen(text)])
    allocate (character(len=size(bytes)) :: answer)
    do i = 1, size(bytes)
      answer(i:i) = bytes(i)
    end do
  end function
end module lantian_c
